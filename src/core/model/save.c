#include "model/save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef _WIN32
#include <io.h>
#include <windows.h>
#endif

#include "base/mem.h"

enum { TRIES = 100, SUFFIX = 40, MAX_WRITE = 1 << 30 };

#ifdef _WIN32
enum {
  OPEN_FLAGS = O_WRONLY | O_CREAT | O_EXCL | O_BINARY,
  END_FLAGS = O_WRONLY | O_CREAT | O_APPEND | O_BINARY,
  MODE = 0600
};

static void cut_to(int descriptor, int64_t n) { (void)_chsize_s(descriptor, n); }

static int force(int descriptor) { return _commit(descriptor); }

static int take_name(const char* from, const char* to) {
  return MoveFileExA(from, to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) ? 0
                                                                                   : -1;
}

static void force_folder(const char* path) { (void)path; }
#else
enum {
  OPEN_FLAGS = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
  END_FLAGS = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
  MODE = 0666
};

// Nothing more can be done when this fails too.
static void cut_to(int descriptor, int64_t n) {
  if (ftruncate(descriptor, (off_t)n) != 0) return;
}

static int force(int descriptor) { return fsync(descriptor); }

static int take_name(const char* from, const char* to) { return rename(from, to); }

// Makes the new name itself last. Some file systems refuse this; the content is safe
// by then, so that is no error. `path` is scratch space.
static void force_folder(char* path) {
  char* slash = strrchr(path, '/');
  if (slash == NULL) {
    memcpy(path, ".", 2);
  } else {
    slash[slash == path] = 0;
  }
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  (void)fsync(descriptor);
  (void)close(descriptor);
}
#endif

static cr_status fail_with_errno(cr_error* err) {
  return cr_fail(err, CR_EIO, "cannot_write", "cannot write the file: %s",
                 strerror(errno));
}

// A new file beside `path`; its name goes to `name`.
static int open_new(const char* path, char* name, size_t room) {
  for (int k = 0; k < TRIES; k++) {
    (void)snprintf(name, room, "%s.%ld-%d.tmp", path, (long)getpid(), k);
    const int descriptor = open(name, OPEN_FLAGS, MODE);
    if (descriptor >= 0 || errno != EEXIST) return descriptor;
  }
  return -1;
}

static cr_status write_all(int descriptor, const unsigned char* bytes, size_t n,
                           bool forced, cr_error* err) {
  while (n > 0) {
    const ssize_t count = write(descriptor, bytes, n < MAX_WRITE ? n : MAX_WRITE);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_with_errno(err);
    bytes += count;
    n -= (size_t)count;
  }
  return !forced || force(descriptor) == 0 ? CR_OK : fail_with_errno(err);
}

cr_status cr_save_bytes(const char* path, const void* bytes, size_t n, cr_error* err) {
  cr_status status = CR_OK;
  struct stat info;
  if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
    return cr_fail(err, CR_EIO, "is_directory", "this is a folder, not a file");
  }
  const size_t room = strlen(path) + SUFFIX;
  char* name = cr_alloc(room, 1);
  if (name == NULL) {
    return cr_fail(err, CR_ENOMEM, "memory", "no memory for the file's name");
  }
  const int descriptor = open_new(path, name, room);
  if (descriptor < 0) {
    status = fail_with_errno(err);
    goto done;
  }
  status = write_all(descriptor, bytes, n, true, err);
  if (close(descriptor) != 0 && status == CR_OK) status = fail_with_errno(err);
  if (status == CR_OK && take_name(name, path) != 0) status = fail_with_errno(err);
  if (status != CR_OK) {
    (void)unlink(name);
    goto done;
  }
  (void)snprintf(name, room, "%s", path);
  force_folder(name);

done:
  cr_free(name);
  return status;
}

cr_status cr_save_append(const char* path, const void* bytes, size_t n, bool forced,
                         cr_error* err) {
  const int descriptor = open(path, END_FLAGS, MODE);
  if (descriptor < 0) return fail_with_errno(err);
  const int64_t before = (int64_t)lseek(descriptor, 0, SEEK_END);
  cr_status status =
      before < 0 ? fail_with_errno(err) : write_all(descriptor, bytes, n, forced, err);
  if (status != CR_OK && before >= 0) cut_to(descriptor, before);
  if (close(descriptor) != 0 && status == CR_OK) status = fail_with_errno(err);
  return status;
}
