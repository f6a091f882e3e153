import { ipv4At, isZero, sameBytes, setAddress } from './addresses.ts';
import { bytesOf } from '../bytes.ts';
import { FD, IN4, IN6, type Fd } from './fd.ts';
import type { InterfaceSnapshot, IpAddress } from './snapshot.ts';

const LOOPBACK_4 = 0x7f000001;

interface Interface4 {
  readonly address: number;
  readonly netmask: number;
}

/** Which addresses a machine has: sinsp_network_interfaces of libsinsp. */
export class NetworkInterfaces {
  readonly #ipv4: Interface4[] = [];
  readonly #ipv6: Uint8Array[] = [];

  add({ address, netmask }: InterfaceSnapshot): void {
    if (typeof address === 'string') this.#ipv6.push(bytesOf(address));
    else this.#ipv4.push({ address, netmask: Number(netmask) });
  }

  clear(): void {
    this.#ipv4.length = 0;
    this.#ipv6.length = 0;
  }

  /** Whether an interface has this address; for IPv6, whether one is in the same /64. */
  isLocal(address: IpAddress): boolean {
    if (typeof address === 'number') return this.#ipv4.some((entry) => entry.address === address);
    const bytes = bytesOf(address);
    return this.#ipv6.some((entry) => sameBytes(entry, 0, bytes, 0, 8));
  }

  /** Fills in the missing (zero) end of a socket's tuple with the interface that talks to the other end. */
  completeTuple(fd: Fd): void {
    if (fd.type === FD.IPV4_SOCK) this.#complete4(fd);
    else if (fd.type === FD.IPV6_SOCK) this.#complete6(fd);
  }

  #complete4(fd: Fd): void {
    const { socket } = fd;
    const missing = isZero(socket, IN4.SIP, 4) ? IN4.SIP : isZero(socket, IN4.DIP, 4) ? IN4.DIP : -1;
    if (missing < 0) return;
    const other = ipv4At(socket, missing === IN4.SIP ? IN4.DIP : IN4.SIP);
    const own = this.#towards4(other);
    if (own === other && sameBytes(socket, IN4.SPORT, socket, IN4.DPORT, 2)) return;
    setAddress(fd.ownSocket(), missing, own);
  }

  #complete6(fd: Fd): void {
    const { socket } = fd;
    const missing = isZero(socket, IN6.SIP, 16) ? IN6.SIP : isZero(socket, IN6.DIP, 16) ? IN6.DIP : -1;
    if (missing < 0) return;
    const other = missing === IN6.SIP ? IN6.DIP : IN6.SIP;
    const own = this.#towards6(socket, other);
    if (sameBytes(own, 0, socket, other, 16) && sameBytes(socket, IN6.SPORT, socket, IN6.DPORT, 2)) return;
    fd.ownSocket().set(own, missing);
  }

  #towards4(address: number): number {
    const found =
      this.#ipv4.find((entry) => entry.address === address) ??
      this.#ipv4.find((entry) => (entry.address & entry.netmask) === (address & entry.netmask)) ??
      this.#ipv4.find((entry) => entry.address !== LOOPBACK_4);
    return found?.address ?? 0;
  }

  #towards6(bytes: Uint8Array, at: number): Uint8Array {
    return (
      this.#ipv6.find((entry) => sameBytes(entry, 0, bytes, at, 16)) ??
      this.#ipv6.find((entry) => sameBytes(entry, 0, bytes, at, 8)) ??
      this.#ipv6.find((entry) => !sameBytes(entry, 0, LOOPBACK_6, 0, 16)) ??
      NONE_6
    );
  }
}

const NONE_6 = new Uint8Array(16);
const LOOPBACK_6 = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
