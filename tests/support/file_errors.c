/* A file layer below a process: the n-th call on a file of a folder fails, or kills it.

   Loaded with LD_PRELOAD. FAULT_ROOT is the folder, FAULT_AT the number of the call, counted from
   one, and FAULT_ERRNO what it fails with: 0 kills the process before the call. At its end the process writes to the file FAULT_CALLS
   how many calls there were. Calls are those that open, read, write, sync, rename and remove. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define MOST_FILES 4096
static char is_ours[MOST_FILES];
static long calls;

static int below(const char *path) {
    const char *root = getenv("FAULT_ROOT");
    return root && path && !strncmp(path, root, strlen(root));
}

static int fails(int counted) {
    const char *at = getenv("FAULT_AT"), *number = getenv("FAULT_ERRNO");
    if (!counted || __sync_add_and_fetch(&calls, 1) != (at ? atol(at) : 0)) return 0;
    if (number && !atoi(number)) kill(getpid(), SIGKILL);
    errno = number ? atoi(number) : EIO;
    return 1;
}

static int ours(int file) { return file >= 0 && file < MOST_FILES && is_ours[file]; }

static int opened(int file, int counted) {
    if (file >= 0 && file < MOST_FILES) is_ours[file] = counted;
    return file;
}

#define REAL(name, type) static type real; if (!real) real = (type)dlsym(RTLD_NEXT, name)

#define OPEN(name)                                                              \
    int name(const char *path, int flags, ...) {                                \
        typedef int (*type)(const char *, int, ...);                            \
        REAL(#name, type);                                                      \
        va_list more; va_start(more, flags);                                    \
        mode_t mode = va_arg(more, mode_t); va_end(more);                       \
        if (fails(below(path))) return -1;                                      \
        return opened(real(path, flags, mode), below(path));                    \
    }
OPEN(open)
OPEN(open64)

#define OPEN_AT(name)                                                           \
    int name(int folder, const char *path, int flags, ...) {                    \
        typedef int (*type)(int, const char *, int, ...);                       \
        REAL(#name, type);                                                      \
        va_list more; va_start(more, flags);                                    \
        mode_t mode = va_arg(more, mode_t); va_end(more);                       \
        if (fails(below(path))) return -1;                                      \
        return opened(real(folder, path, flags, mode), below(path));            \
    }
OPEN_AT(openat)
OPEN_AT(openat64)

int close(int file) {
    typedef int (*type)(int);
    REAL("close", type);
    opened(file, 0);
    return real(file);
}

#define ON_FILE(result, name, parameters, arguments)                            \
    result name parameters {                                                    \
        typedef result (*type) parameters;                                      \
        REAL(#name, type);                                                      \
        return fails(ours(file)) ? -1 : real arguments;                         \
    }
ON_FILE(ssize_t, read, (int file, void *to, size_t size), (file, to, size))
ON_FILE(ssize_t, pread, (int file, void *to, size_t size, off_t at), (file, to, size, at))
ON_FILE(ssize_t, pread64, (int file, void *to, size_t size, off64_t at), (file, to, size, at))
ON_FILE(ssize_t, write, (int file, const void *from, size_t size), (file, from, size))
ON_FILE(ssize_t, pwrite, (int file, const void *from, size_t size, off_t at), (file, from, size, at))
ON_FILE(ssize_t, pwrite64, (int file, const void *from, size_t size, off64_t at), (file, from, size, at))
ON_FILE(int, fsync, (int file), (file))
ON_FILE(int, fdatasync, (int file), (file))
ON_FILE(int, ftruncate, (int file, off_t size), (file, size))
ON_FILE(int, ftruncate64, (int file, off64_t size), (file, size))

#define ON_PATH(name, parameters, arguments)                                    \
    int name parameters {                                                       \
        typedef int (*type) parameters;                                         \
        REAL(#name, type);                                                      \
        return fails(below(path)) ? -1 : real arguments;                        \
    }
ON_PATH(rename, (const char *path, const char *to), (path, to))
ON_PATH(unlink, (const char *path), (path))
ON_PATH(mkdir, (const char *path, mode_t mode), (path, mode))
ON_PATH(rmdir, (const char *path), (path))

__attribute__((destructor)) static void report(void) {
    const char *name = getenv("FAULT_CALLS");
    FILE *file = name ? fopen(name, "w") : NULL;
    if (file) { fprintf(file, "%ld\n", calls); fclose(file); }
}
