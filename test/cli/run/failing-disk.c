/*
 * A disk that fails: loaded before libc (LD_PRELOAD), it lets calls that write to files below FAIL_FOLDER fail while the file FAIL_MARKER is there. The file holds the number of
 * the error, and the names of the calls that fail if not all of them do: "5", "28 fsync fdatasync".
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* The error that a call on a file ends in; 0 if it works. */
static int error_of(const char *call, int fd) {
  const char *marker = getenv("FAIL_MARKER");
  const char *folder = getenv("FAIL_FOLDER");
  char text[256], link[64], path[PATH_MAX];
  int file, error;
  ssize_t length;
  if (marker == NULL || folder == NULL) return 0;
  file = open(marker, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  length = read(file, text, sizeof text - 1);
  close(file);
  if (length <= 0) return 0;
  text[length] = 0;
  error = atoi(text);
  if (strchr(text, ' ') != NULL && strstr(text, call) == NULL) return 0;
  if (fd < 0) return error;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return strncmp(path, folder, strlen(folder)) == 0 ? error : 0;
}

#define FAILING(call, result, parameters, fd, ...)                      \
  result call parameters {                                              \
    static result (*real) parameters;                                   \
    int error = error_of(#call, fd);                                    \
    if (error != 0) {                                                   \
      errno = error;                                                    \
      return -1;                                                        \
    }                                                                   \
    if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, #call);        \
    return real(__VA_ARGS__);                                           \
  }

FAILING(write, ssize_t, (int fd, const void *bytes, size_t count), fd, fd, bytes, count)
FAILING(pwrite, ssize_t, (int fd, const void *bytes, size_t count, off_t at), fd, fd, bytes, count, at)
FAILING(pwrite64, ssize_t, (int fd, const void *bytes, size_t count, off_t at), fd, fd, bytes, count, at)
FAILING(writev, ssize_t, (int fd, const struct iovec *parts, int count), fd, fd, parts, count)
FAILING(pwritev, ssize_t, (int fd, const struct iovec *parts, int count, off_t at), fd, fd, parts, count, at)
FAILING(pwritev64, ssize_t, (int fd, const struct iovec *parts, int count, off_t at), fd, fd, parts, count, at)
FAILING(fsync, int, (int fd), fd, fd)
FAILING(fdatasync, int, (int fd), fd, fd)
FAILING(msync, int, (void *start, size_t length, int flags), -1, start, length, flags)
