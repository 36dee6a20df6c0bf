/* Crashes in its third job: with args "abort" by abort(), otherwise by writing through a null pointer. */
#include <stdlib.h>
#include <string.h>

#include "../../src/workload/plugin/isochron_plugin.h"

static int jobs;
static int by_abort;
static volatile int* volatile nowhere; /* volatile: the compiler must not see that it is null */

static int init(const char* args, void** state, char* error, size_t error_size) {
  (void)state;
  (void)error;
  (void)error_size;
  jobs = 0;
  by_abort = strcmp(args, "abort") == 0;
  return 0;
}

static int execute(void* state) {
  (void)state;
  if (++jobs < 3) return 0;
  if (by_abort) abort();
  *nowhere = 1;
  return 0;
}

static const isochron_plugin plugin = {ISOCHRON_PLUGIN_ABI, 0, NULL, init, execute, NULL, NULL};

const isochron_plugin* isochron_plugin_entry(void) { return &plugin; }
