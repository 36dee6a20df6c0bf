/* Fails cleanly: in init with args "init", otherwise in the third job with error 42. */
#include <stdio.h>
#include <string.h>

#include "../../src/workload/plugin/isochron_plugin.h"

static int jobs; /* one run per process */

static int init(const char* args, void** state, char* error, size_t error_size) {
  (void)state;
  jobs = 0;
  if (strcmp(args, "init") != 0) return 0;
  snprintf(error, error_size, "it was told to fail.");
  return 7;
}

static int execute(void* state) {
  (void)state;
  return ++jobs == 3 ? 42 : 0;
}

static const isochron_plugin plugin = {ISOCHRON_PLUGIN_ABI, 0, NULL, init, execute, NULL, NULL};

const isochron_plugin* isochron_plugin_entry(void) { return &plugin; }
