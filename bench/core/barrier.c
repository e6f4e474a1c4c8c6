// Time of one step of a team: 50 microseconds of work, then a barrier. With --busy a
// child process keeps one processor occupied meanwhile. Prints one line: threads,
// microseconds per step (median, lowest and highest of the rounds), and processor time.

#include "base/team.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STEPS = 4000, ROUNDS = 9 };

typedef struct {
  long loops;  // of work in one step
  bool barrier;
} task;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double processor_seconds(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

static void work(long loops) {
  volatile unsigned x = 1;
  for (long i = 0; i < loops; i++) x = x * 1664525U + 1013904223U;
}

static void steps(cr_worker* me, void* data) {
  const task* todo = data;
  for (int s = 0; s < STEPS; s++) {
    work(todo->loops);
    if (todo->barrier) cr_team_barrier(me);
  }
}

// Loops that take 50 microseconds: the fastest of several tries.
static long calibrate(void) {
  const long loops = 1000000;
  double best = 1e9;
  for (int i = 0; i < 15; i++) {
    const double start = now();
    work(loops);
    const double seconds = now() - start;
    if (seconds < best) best = seconds;
  }
  return (long)(50e-6 / best * (double)loops);
}

static int compare(const void* a, const void* b) {
  const double x = *(const double*)a, y = *(const double*)b;
  return (x > y) - (x < y);
}

static void measure(const char* name, int threads, bool barrier, long loops) {
  double step[ROUNDS];
  task todo = {.loops = loops, .barrier = barrier};
  const cr_run run = {.threads = threads};
  const double processor = processor_seconds();
  for (int r = 0; r < ROUNDS; r++) {
    const double start = now();
    if (cr_team_run(&run, steps, &todo, NULL) != CR_OK) exit(EXIT_FAILURE);
    step[r] = 1e6 * (now() - start) / STEPS;
  }
  const double used = 1e6 * (processor_seconds() - processor) / STEPS / ROUNDS;
  qsort(step, ROUNDS, sizeof *step, compare);
  printf("| %s | %d | %s | %.1f | %.1f | %.1f | %.1f |\n", name, threads,
         barrier ? "yes" : "no", step[ROUNDS / 2], step[0], step[ROUNDS - 1], used);
}

int main(int n_arguments, char** arguments) {
  const bool busy = n_arguments > 1 && strcmp(arguments[1], "--busy") == 0;
  const char* name = busy ? "one busy process" : "quiet";
  const long loops = calibrate();
  pid_t neighbour = 0;
  if (busy) {
    neighbour = fork();
    if (neighbour == 0) {
      for (;;) work(1000000);
    }
  }
  measure(name, 2, false, loops);
  measure(name, 2, true, loops);
  if (neighbour > 0) {
    kill(neighbour, SIGKILL);
    waitpid(neighbour, NULL, 0);
  }
  return EXIT_SUCCESS;
}
