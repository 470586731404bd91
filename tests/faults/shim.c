/* LD_PRELOAD shim: a disk that is slow, full, failing, or loses power.
 *
 * Files under $FAULT_UNDER whose name holds ".db" (not "-shm") are watched. $FAULT_CONTROL is a file of int32s that
 * the test maps and changes while the process runs; see enum below. For the power cut an image of what the device
 * holds is kept per file: a write is in the image only after an fsync that succeeded. An fsync that fails forgets
 * what was dirty, as Linux does: a later fsync succeeds and brings nothing of it to the device.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { DELAY_MS, FSYNC_EIO, WRITE_ERRNO, CUT_AT, OPS, SEED, SURVIVE, HANG, KILL_AT, PARTIAL, FIELDS };
#define SECTOR 512
#define FILES 64

struct range { off_t at, len; struct range *next; };
struct file { char path[512]; char *image; off_t size; struct range *dirty; int used; };

static struct file files[FILES];
static volatile int32_t *control;
static const char *under;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_unlink)(const char *);

__attribute__((constructor)) static void begin(void) {
    real_write = dlsym(RTLD_NEXT, "write");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    real_unlink = dlsym(RTLD_NEXT, "unlink");
    under = getenv("FAULT_UNDER");
    const char *path = getenv("FAULT_CONTROL");
    if (!under || !path) return;
    int fd = open(path, O_RDWR);
    if (fd < 0) return;
    void *map = mmap(0, FIELDS * sizeof(int32_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (map != MAP_FAILED) control = map;
}

static int watched(const char *path) {
    return !strncmp(path, under, strlen(under)) && strstr(path, ".db") && !strstr(path, "-shm");
}

/* The path of a watched descriptor; 0 if it is none of ours. */
static int path_of(int fd, char *path) {
    char link[64];
    if (!control) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, 511);
    if (n <= 0) return 0;
    path[n] = 0;
    return watched(path);
}

/* Find a file, or take it in with what it holds now: then nothing of it is dirty. */
static struct file *find(int fd, const char *path) {
    struct file *free_one = 0;
    for (int i = 0; i < FILES; i++) {
        if (files[i].used && !strcmp(files[i].path, path)) return &files[i];
        if (!files[i].used && !free_one) free_one = &files[i];
    }
    if (!free_one) abort();
    struct stat st;
    fstat(fd, &st);
    memset(free_one, 0, sizeof *free_one);
    free_one->used = 1;
    free_one->size = st.st_size;
    free_one->image = malloc(st.st_size + 1);
    strcpy(free_one->path, path);
    if (pread(fd, free_one->image, st.st_size, 0) != st.st_size) abort();
    return free_one;
}

static void clean(struct file *file) {
    while (file->dirty) {
        struct range *gone = file->dirty;
        file->dirty = gone->next;
        free(gone);
    }
}

/* One dirty piece reaches the image; the descriptor reads what the page cache shows. */
static void persist(struct file *file, int fd, off_t at, off_t len) {
    if (at + len > file->size) {
        file->image = realloc(file->image, at + len + 1);
        memset(file->image + file->size, 0, at + len - file->size);
        file->size = at + len;
    }
    if (pread(fd, file->image + at, len, at) < 0) abort();
}

static void power_cut(void) {
    unsigned seed = control[SEED];
    for (int i = 0; i < FILES; i++) {
        struct file *file = &files[i];
        if (!file->used) continue;
        int fd = open(file->path, O_RDWR);
        if (fd < 0) continue;
        for (struct range *r = file->dirty; r; r = r->next) /* some sectors got there by themselves */
            for (off_t at = r->at; at < r->at + r->len; at += SECTOR - at % SECTOR) {
                off_t end = at + SECTOR - at % SECTOR;
                if (end > r->at + r->len) end = r->at + r->len;
                if ((int)(rand_r(&seed) % 100) < control[SURVIVE]) persist(file, fd, at, end - at);
            }
        if (real_ftruncate(fd, 0) || real_pwrite(fd, file->image, file->size, 0) != file->size) abort();
        char shm[600], *wal = strstr(file->path, "-wal");
        snprintf(shm, sizeof shm, "%.*s-shm", wal ? (int)(wal - file->path) : 511, file->path);
        real_unlink(shm);
    }
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
}

static int step(void) { /* under the lock; 1: the process is to be killed after part of this operation */
    int now = ++control[OPS];
    if (control[CUT_AT] && now >= control[CUT_AT]) power_cut();
    return control[KILL_AT] && now >= control[KILL_AT];
}

static ssize_t do_write(int fd, const void *data, size_t size, off_t at, int seek, const char *path) {
    if (control[WRITE_ERRNO]) { errno = control[WRITE_ERRNO]; return -1; }
    pthread_mutex_lock(&lock);
    struct file *file = find(fd, path);
    if (step()) {
        real_pwrite(fd, data, size * control[PARTIAL] / 100, at);
        syscall(SYS_kill, getpid(), SIGKILL);
    }
    ssize_t done = seek ? real_write(fd, data, size) : real_pwrite(fd, data, size, at);
    if (done > 0) {
        struct range *r = malloc(sizeof *r);
        *r = (struct range){at, done, file->dirty};
        file->dirty = r;
    }
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t write(int fd, const void *data, size_t size) {
    char path[512];
    if (!path_of(fd, path)) return real_write(fd, data, size);
    return do_write(fd, data, size, lseek(fd, 0, SEEK_CUR), 1, path);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off_t at) {
    char path[512];
    if (!path_of(fd, path)) return real_pwrite(fd, data, size, at);
    return do_write(fd, data, size, at, 0, path);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return pwrite64(fd, data, size, at); }

static int do_sync(int fd, int (*real)(int)) {
    char path[512];
    if (!path_of(fd, path)) return real(fd);
    while (control[HANG]) usleep(10000);
    if (control[DELAY_MS]) usleep(control[DELAY_MS] * 1000);
    pthread_mutex_lock(&lock);
    struct file *file = find(fd, path);
    int dying = step(), failing = control[FSYNC_EIO] != 0;
    if (dying) syscall(SYS_kill, getpid(), SIGKILL);
    if (failing) {
        if (control[FSYNC_EIO] > 0) control[FSYNC_EIO]--;
    } else {
        struct stat st;
        fstat(fd, &st);
        for (struct range *r = file->dirty; r; r = r->next)
            if (r->at < st.st_size) persist(file, fd, r->at, r->at + r->len > st.st_size ? st.st_size - r->at : r->len);
        if (st.st_size < file->size) file->size = st.st_size;
    }
    clean(file);
    pthread_mutex_unlock(&lock);
    if (failing) { errno = EIO; return -1; }
    return 0; /* nothing of ours needs the real device: the power cut is ours too */
}

int fsync(int fd) { return do_sync(fd, real_fsync); }
int fdatasync(int fd) { return do_sync(fd, real_fdatasync); }

int ftruncate64(int fd, off_t size) {
    char path[512];
    if (path_of(fd, path)) {
        pthread_mutex_lock(&lock);
        find(fd, path);
        pthread_mutex_unlock(&lock);
    }
    return real_ftruncate(fd, size);
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int unlink(const char *path) {
    if (control && watched(path)) {
        pthread_mutex_lock(&lock);
        for (int i = 0; i < FILES; i++)
            if (files[i].used && !strcmp(files[i].path, path)) { clean(&files[i]); free(files[i].image); files[i].used = 0; }
        pthread_mutex_unlock(&lock);
    }
    return real_unlink(path);
}
