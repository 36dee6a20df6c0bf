/* A workload of your own, in C or anything that can export a C function: build a shared object that defines
 * isochron_plugin_entry and run it with `isochron run ./my-workload.so [--bmark-args "..."]`.
 *
 * isochron calls everything on the job thread, in this order: init once, execute once per job, extras after each job,
 * teardown once. Only the time within execute is measured. init does all that can be done before the first release:
 * allocate, read files, touch the memory. execute should neither allocate nor block nor print.
 *
 *   #include "isochron_plugin.h"
 *   static int run(void *state) { ...; return 0; }
 *   static const isochron_plugin plugin = {.abi = ISOCHRON_PLUGIN_ABI, .execute = run};
 *   const isochron_plugin *isochron_plugin_entry(void) { return &plugin; }
 */
#ifndef ISOCHRON_PLUGIN_H
#define ISOCHRON_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Grows with every change of the struct below; isochron refuses a plugin of another ABI. */
#define ISOCHRON_PLUGIN_ABI 1u

/* The most extra metrics that a record holds. */
#define ISOCHRON_PLUGIN_MAX_EXTRAS 4u

typedef struct isochron_plugin {
  uint32_t abi; /* ISOCHRON_PLUGIN_ABI */

  /* Extra metrics: columns of the log, one value per job. Names are unique and hold only a-z, 0-9 and _; they stay
   * valid as long as the plugin is loaded. Leave 0 and NULL for none. */
  uint32_t extra_count;
  const char* const* extra_names;

  /* Makes the workload ready. `args` is the text of --bmark-args, "" if there was none. What is stored in *state is
   * given to the other functions. Returns 0, or anything else for a failure, after writing a sentence about it into
   * `error` (error_size bytes, the end included). After a failure teardown is not called. May be NULL. */
  int (*init)(const char* args, void** state, char* error, size_t error_size);

  /* One job. Returns 0, or anything else to end the run as failed. */
  int (*execute)(void* state);

  /* Writes extra_count values for the last job, which took elapsed_ns, to `values`; NAN for one that is not known.
   * May be NULL if extra_count is 0. */
  void (*extras)(void* state, uint64_t elapsed_ns, double* values);

  /* Releases what init made. Also called after a failed execute. May be NULL. */
  void (*teardown)(void* state);
} isochron_plugin;

/* The one symbol that a plugin exports. The struct stays valid as long as the plugin is loaded. */
const isochron_plugin* isochron_plugin_entry(void);

#ifdef __cplusplus
}
#endif

#endif
