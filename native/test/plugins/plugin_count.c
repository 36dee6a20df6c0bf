/* Well behaved: adds up numbers; its extra metrics are the number of jobs so far and the sum. args: how many numbers.
 */
#include <stdlib.h>

#include "../../src/workload/plugin/isochron_plugin.h"

struct counter {
  long numbers;
  double jobs;
  double sum;
};

static const char* const names[] = {"jobs_so_far", "sum"};

static int init(const char* args, void** state, char* error, size_t error_size) {
  (void)error;
  (void)error_size;
  struct counter* counter = calloc(1, sizeof *counter);
  if (counter == NULL) return 1;
  counter->numbers = *args == '\0' ? 1000 : strtol(args, NULL, 10);
  *state = counter;
  return 0;
}

static int execute(void* state) {
  struct counter* counter = state;
  counter->jobs += 1;
  counter->sum = 0;
  for (long i = 1; i <= counter->numbers; ++i) counter->sum += (double)i;
  return 0;
}

static void extras(void* state, uint64_t elapsed_ns, double* values) {
  (void)elapsed_ns;
  const struct counter* counter = state;
  values[0] = counter->jobs;
  values[1] = counter->sum;
}

static const isochron_plugin plugin = {ISOCHRON_PLUGIN_ABI, 2, names, init, execute, extras, free};

const isochron_plugin* isochron_plugin_entry(void) { return &plugin; }
