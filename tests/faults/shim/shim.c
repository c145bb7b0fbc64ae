// A library that is loaded before libc and stands between a program and the files of one folder.
//
// SHIM_FOLDER is the folder; files elsewhere are left alone. SHIM_CONTROL is a folder: while there is a
// file "full" in it, writes fail with ENOSPC; while there is a file "sync-fails", syncs fail with EIO; while there
// is a file "sync-hangs", syncs do not end; while there is a file "garbles", the last bit of every write is another
// one; while there is a file "read-only", nothing can be opened to be written, nor made. SHIM_ONLY, if set, is a part of the names of the files that these are for.
// SHIM_LOG, if set, is a file that gets a record of every change and of every sync, in order:
// kind (1 byte: 'w' write, 't' truncate, 'u' unlink, 'r' rename, 's' sync), length of the name (2 bytes), name
// without its folder (empty for the folder itself), offset (8 bytes), length (8 bytes), and for 'w' the bytes, for
// 'r' the new name. Numbers are little-endian.
// SHIM_CLOCK, if set, is the time that the clock shows, in seconds since 1970.
// SHIM_KILL_AT, if set, is a number: the program is killed before the change or sync of that number, from 1.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

// The name of a file directly in the folder, "" for the folder itself; NULL for any other.
static const char *in_folder(const char *path) {
    const char *folder = getenv("SHIM_FOLDER");
    size_t length = folder ? strlen(folder) : 0;
    if (length == 0 || strncmp(path, folder, length) != 0) return NULL;
    if (path[length] == 0) return path + length;
    return path[length] == '/' ? path + length + 1 : NULL;
}

static const char *name_of(int fd, char *buffer) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, buffer, PATH_MAX - 1);
    if (length < 0) return NULL;
    buffer[length] = 0;
    return in_folder(buffer);
}

static int is_set(const char *fault, const char *name) {
    const char *only = getenv("SHIM_ONLY");
    if (only && !strstr(name, only)) return 0;
    const char *control = getenv("SHIM_CONTROL");
    char path[PATH_MAX];
    if (!control) return 0;
    snprintf(path, sizeof path, "%s/%s", control, fault);
    return access(path, F_OK) == 0;
}

static void record(char kind, const char *name, uint64_t offset, const void *data, uint64_t length) {
    const char *log = getenv("SHIM_LOG");
    if (!log) return;
    uint16_t name_length = (uint16_t)strlen(name);
    size_t data_length = data ? length : 0;
    size_t total = 1 + 2 + name_length + 8 + 8 + data_length;
    char *bytes = malloc(total), *at = bytes;
    *at++ = kind;
    memcpy(at, &name_length, 2), at += 2;
    memcpy(at, name, name_length), at += name_length;
    memcpy(at, &offset, 8), at += 8;
    memcpy(at, &length, 8), at += 8;
    if (data_length) memcpy(at, data, data_length);
    pthread_mutex_lock(&lock);
    int fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT, 0600);
    // One write, so that a reader of the log sees whole records.
    if (fd < 0 || syscall(SYS_write, fd, bytes, total) != (long)total) abort();
    syscall(SYS_close, fd);
    pthread_mutex_unlock(&lock);
    free(bytes);
}

// Counts a change or a sync, and kills the program instead if its number has come.
static void step(void) {
    static atomic_long count;
    const char *last = getenv("SHIM_KILL_AT");
    if (!last || atomic_fetch_add(&count, 1) + 1 != atol(last)) return;
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

static int is_refused(const char *path, int flags) {
    const char *name = in_folder(path);
    return name && (flags & (O_WRONLY | O_RDWR | O_CREAT)) && is_set("read-only", name);
}

#define OPEN(name)                                                  \
    int name(const char *path, int flags, ...) {                    \
        va_list rest;                                               \
        va_start(rest, flags);                                      \
        int mode = va_arg(rest, int);                               \
        va_end(rest);                                               \
        if (is_refused(path, flags)) return errno = EROFS, -1;      \
        return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

static ssize_t at_offset(int fd, const void *data, size_t length, off_t offset) {
    char path[PATH_MAX];
    const char *name = name_of(fd, path);
    if (name) {
        step();
        if (is_set("full", name)) return errno = ENOSPC, -1;
        record('w', name, (uint64_t)offset, data, length);
        if (length && is_set("garbles", name)) {
            char *garbled = malloc(length);
            memcpy(garbled, data, length);
            garbled[length - 1] ^= 1;
            ssize_t result = syscall(SYS_pwrite64, fd, garbled, length, offset);
            free(garbled);
            return result;
        }
    }
    return syscall(SYS_pwrite64, fd, data, length, offset);
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return at_offset(fd, data, length, offset); }
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) { return at_offset(fd, data, length, offset); }

ssize_t write(int fd, const void *data, size_t length) {
    char path[PATH_MAX];
    const char *name = name_of(fd, path);
    if (name) {
        step();
        if (is_set("full", name)) return errno = ENOSPC, -1;
        record('w', name, (uint64_t)lseek(fd, 0, SEEK_CUR), data, length);
    }
    return syscall(SYS_write, fd, data, length);
}

static int truncate_file(int fd, off_t length) {
    char path[PATH_MAX];
    const char *name = name_of(fd, path);
    if (name) step();
    if (name) record('t', name, (uint64_t)length, NULL, 0);
    return (int)syscall(SYS_ftruncate, fd, length);
}

int ftruncate(int fd, off_t length) { return truncate_file(fd, length); }
int ftruncate64(int fd, off64_t length) { return truncate_file(fd, length); }

static int sync_file(int fd, long call) {
    char path[PATH_MAX];
    const char *name = name_of(fd, path);
    if (name) step();
    while (name && is_set("sync-hangs", name)) usleep(1000);
    if (name && is_set("sync-fails", name)) return errno = EIO, -1;
    int result = (int)syscall(call, fd);
    if (name && result == 0) record('s', name, 0, NULL, 0);
    return result;
}

int fsync(int fd) { return sync_file(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_file(fd, SYS_fdatasync); }

int unlink(const char *path) {
    const char *name = in_folder(path);
    if (name) step();
    if (name) record('u', name, 0, NULL, 0);
    return REAL(unlink)(path);
}

int rename(const char *from, const char *to) {
    const char *name = in_folder(from), *new_name = in_folder(to);
    if (name) step();
    int result = REAL(rename)(from, to);
    if (name && result == 0) record(new_name ? 'r' : 'u', name, 0, new_name, new_name ? strlen(new_name) : 0);
    return result;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    const char *seconds = getenv("SHIM_CLOCK");
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    if (seconds && clock == CLOCK_REALTIME) time->tv_sec = atol(seconds);
    return result;
}
