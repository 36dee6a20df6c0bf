/* Of an ABI that this isochron doesn't speak. */
#include "../../src/workload/plugin/isochron_plugin.h"

static const isochron_plugin plugin = {ISOCHRON_PLUGIN_ABI + 1, 0, NULL, NULL, NULL, NULL, NULL};

const isochron_plugin* isochron_plugin_entry(void) { return &plugin; }
