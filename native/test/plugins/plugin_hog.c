/* Allocates and touches another MiB in every job, and keeps it; with args "init", 256 MiB at once in init. Fails with
 * error 12 (ENOMEM) when malloc does. */
#include <stdlib.h>
#include <string.h>

#include "../../src/workload/plugin/isochron_plugin.h"

static const size_t megabyte = 1024 * 1024;

struct block {
  struct block* next;
};

static int take(struct block** list, size_t bytes) {
  struct block* block = malloc(bytes);
  if (block == NULL) return 12;
  memset(block, 1, bytes);
  block->next = *list;
  *list = block;
  return 0;
}

static int init(const char* args, void** state, char* error, size_t error_size) {
  (void)error;
  (void)error_size;
  struct block** list = calloc(1, sizeof(struct block*));
  if (list == NULL) return 12;
  *state = list;
  return strcmp(args, "init") == 0 ? take(list, 256 * megabyte) : 0;
}

static int execute(void* state) { return take(state, megabyte); }

static void teardown(void* state) {
  struct block** list = state;
  while (*list != NULL) {
    struct block* block = *list;
    *list = block->next;
    free(block);
  }
  free(list);
}

static const isochron_plugin plugin = {ISOCHRON_PLUGIN_ABI, 0, NULL, init, execute, NULL, teardown};

const isochron_plugin* isochron_plugin_entry(void) { return &plugin; }
