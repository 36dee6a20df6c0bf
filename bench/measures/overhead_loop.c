/* What a job that does nothing must at least cost: two clock readings, one CPU-time reading and one getrusage, and with
 * GROUP=1 two reads of a software counter group.
 *   overhead_loop GROUP(0|1) JOBS CORE PRIORITY                   prints one duration in ns per line */
#define _GNU_SOURCE
#include <linux/perf_event.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static uint64_t read_clock(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
static int open_event(uint64_t config, int leader) {
  struct perf_event_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.type = PERF_TYPE_SOFTWARE;
  attr.size = sizeof attr;
  attr.config = config;
  attr.read_format = PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  return (int)syscall(SYS_perf_event_open, &attr, 0, -1, leader, 0);
}

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const int group = argv[1][0] == '1';
  const long jobs = atol(argv[2]);
  struct sched_param parameter = {.sched_priority = atoi(argv[4])};
  cpu_set_t mask;
  CPU_ZERO(&mask);
  CPU_SET(atoi(argv[3]), &mask);
  if (sched_setaffinity(0, sizeof mask, &mask)) perror("affinity");
  if (parameter.sched_priority > 0 && sched_setscheduler(0, SCHED_FIFO, &parameter)) perror("fifo");
  int leader = -1;
  if (group) {
    /* the set "software": task_clock, page_faults, context_switches, cpu_migrations */
    const uint64_t configs[] = {PERF_COUNT_SW_TASK_CLOCK, PERF_COUNT_SW_PAGE_FAULTS, PERF_COUNT_SW_CONTEXT_SWITCHES,
                                PERF_COUNT_SW_CPU_MIGRATIONS};
    for (int i = 0; i < 4; ++i) {
      const int fd = open_event(configs[i], leader);
      if (fd < 0) {
        perror("perf_event_open");
        return 1;
      }
      if (leader < 0) leader = fd;
    }
  }
  uint64_t* duration = calloc((size_t)jobs, sizeof *duration);
  uint64_t counts[8];
  struct rusage usage;
  volatile uint64_t sink = 0;
  mlockall(MCL_CURRENT | MCL_FUTURE);
  uint64_t previous = read_clock(CLOCK_MONOTONIC);
  for (long i = 0; i < jobs; ++i) {
    if (group && read(leader, counts, sizeof counts) < 0) return 1;
    const uint64_t start = read_clock(CLOCK_MONOTONIC);
    const uint64_t end = read_clock(CLOCK_MONOTONIC);
    if (group && read(leader, counts, sizeof counts) < 0) return 1;
    sink += read_clock(CLOCK_THREAD_CPUTIME_ID) + end;
    getrusage(RUSAGE_THREAD, &usage);
    duration[i] = start - previous;
    previous = start;
  }
  for (long i = 1; i < jobs; ++i) printf("%llu\n", (unsigned long long)duration[i]);
  return 0;
}
