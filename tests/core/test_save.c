#include "model/save.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

enum { ROOM = 256 };

static void in_folder(char path[ROOM], const char* folder, const char* name) {
  (void)snprintf(path, ROOM, "%s/%s", folder, name);
}

static size_t read_file(const char* path, char content[ROOM]) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) return 0;
  const size_t n = fread(content, 1, ROOM, file);
  (void)fclose(file);
  return n;
}

static bool holds(const char* path, const char* wanted) {
  char content[ROOM];
  const size_t n = read_file(path, content);
  return n == strlen(wanted) && memcmp(content, wanted, n) == 0;
}

static int count_files(const char* folder) {
  DIR* dir = opendir(folder);
  int n = 0;
  while (dir != NULL && readdir(dir) != NULL) n++;
  if (dir != NULL) (void)closedir(dir);
  return n - 2;
}

// Whichever step fails, the old file stays and nothing else is left behind; but the last
// steps, after the new file has the name, may fail as they like.
static void test_failures(const char* folder, const char* path) {
  static const int reasons[] = {ENOSPC, EIO, EDQUOT, EROFS};
  char text[200];
  memset(text, 'x', sizeof text);
  for (size_t r = 0; r < sizeof reasons / sizeof *reasons; r++) {
    int n_failures = 0;
    for (long k = 1;; k++) {
      cr_error err;
      CHECK(cr_save_bytes(path, "old", 3, &err) == CR_OK);
      check_fail_file(k, reasons[r]);
      const cr_status status = cr_save_bytes(path, text, sizeof text, &err);
      const bool struck = check_file_struck();
      check_fail_file(0, 0);
      CHECK(count_files(folder) == 1);
      if (status == CR_OK) {
        char content[ROOM];
        CHECK(read_file(path, content) == sizeof text);
      } else {
        CHECK(status == CR_EIO && struck && holds(path, "old"));
        CHECK(strcmp(err.code, "cannot_write") == 0);
        n_failures++;
      }
      if (!struck) break;
    }
    CHECK(n_failures >= 5);  // writes, fsync, close, rename
  }
  cr_error err;
  check_fail_file(1, EINTR);  // a signal is no failure
  CHECK(cr_save_bytes(path, "new", 3, &err) == CR_OK && holds(path, "new"));
}

// Whichever step fails, what was there stays as it was, or has all of the new.
static void test_append(const char* path) {
  cr_error err;
  int n_failures = 0;
  for (long k = 1;; k++) {
    (void)unlink(path);
    CHECK(cr_save_append(path, "one\n", 4, false, &err) == CR_OK);
    check_fail_file(k, ENOSPC);
    const cr_status status = cr_save_append(path, "two\n", 4, true, &err);
    const bool struck = check_file_struck();
    check_fail_file(0, 0);
    CHECK(holds(path, "one\n") || holds(path, "one\ntwo\n"));
    if (status != CR_OK) n_failures++;
    if (!struck) {
      CHECK(holds(path, "one\ntwo\n"));
      break;
    }
    CHECK(status == CR_EIO && strcmp(err.code, "cannot_write") == 0);
  }
  CHECK(n_failures == 3);  // write, fsync, close
  CHECK(unlink(path) == 0);
  CHECK(cr_save_append("/", "x", 1, false, &err) == CR_EIO);
}

void test_save(void) {
  char folder[] = "/tmp/lcrisk-save-??????";
  char path[ROOM], other[ROOM], link[ROOM];
  cr_error err;
  memset(folder + sizeof folder - 7, 'X', 6);  // for mkdtemp()
  CHECK(mkdtemp(folder) != NULL);
  in_folder(path, folder, "model");
  CHECK(cr_save_bytes(path, "", 0, &err) == CR_OK && holds(path, ""));
  CHECK(cr_save_bytes(path, "first", 5, &err) == CR_OK && holds(path, "first"));
  CHECK(count_files(folder) == 1);
  test_failures(folder, path);
  CHECK_ALLOCATIONS(cr_save_bytes(path, "last", 4, NULL), (void)0);

  in_folder(link, folder, "link");
  CHECK(symlink(path, link) == 0);
  CHECK(cr_save_bytes(link, "own", 3, &err) == CR_OK && holds(link, "own"));
  CHECK(holds(path, "last"));

  CHECK(cr_save_bytes(folder, "x", 1, &err) == CR_EIO);
  CHECK(strcmp(err.code, "is_directory") == 0);
  in_folder(other, folder, "absent/model");
  CHECK(cr_save_bytes(other, "x", 1, &err) == CR_EIO);
  CHECK(strcmp(err.code, "cannot_write") == 0);

  in_folder(other, folder, "log");
  test_append(other);
  CHECK(unlink(path) == 0 && unlink(link) == 0 && rmdir(folder) == 0);
}
