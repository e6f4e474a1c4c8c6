// Runs a fuzz target on the files named, without libFuzzer: corpus replay under any
// compiler. The input is a block of exactly its size, so that reading one byte past
// it is caught.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

static int run_file(const char* path) {
  FILE* file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) return EXIT_FAILURE;
  const long size = ftell(file);
  rewind(file);
  uint8_t* data = size < 0 ? NULL : malloc((size_t)size + (size == 0));
  const size_t got = data == NULL ? 0 : fread(data, 1, (size_t)size, file);
  (void)fclose(file);
  const int status = data != NULL && got == (size_t)size
                         ? LLVMFuzzerTestOneInput(data, got)
                         : EXIT_FAILURE;
  free(data);
  return status;
}

int main(int n_arguments, char** arguments) {
  for (int i = 1; i < n_arguments; i++) {
    if (run_file(arguments[i]) != 0) return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
