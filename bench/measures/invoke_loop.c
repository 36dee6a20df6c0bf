/* The plain C loop that isochron's inference time is held against: the same library, model, core and priority, and
 * nothing but TfLiteInterpreterInvoke between two clock readings.
 *   invoke_loop LIBRARY MODEL XNNPACK(0|1) JOBS CORE PRIORITY      prints one elapsed time in ns per line */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

typedef struct {
  int32_t threads;
  uint32_t flags;
  void* weights_cache;
  char room_for_newer_fields[64];
} XnnpackOptions;

static void* library;
static void* need(const char* name) {
  void* symbol = dlsym(library, name);
  if (!symbol) {
    fprintf(stderr, "invoke_loop: no %s\n", name);
    exit(1);
  }
  return symbol;
}
static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int main(int argc, char** argv) {
  if (argc != 7) return 2;
  const long jobs = atol(argv[4]);
  const int core = atoi(argv[5]);
  struct sched_param parameter = {.sched_priority = atoi(argv[6])};
  cpu_set_t mask;
  CPU_ZERO(&mask);
  CPU_SET(core, &mask);
  if (sched_setaffinity(0, sizeof mask, &mask)) perror("affinity");
  if (parameter.sched_priority > 0 && sched_setscheduler(0, SCHED_FIFO, &parameter)) perror("fifo");

  library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    fprintf(stderr, "invoke_loop: %s\n", dlerror());
    return 1;
  }
  void* model = ((void* (*)(const char*))need("TfLiteModelCreateFromFile"))(argv[2]);
  void* options = ((void* (*)(void))need("TfLiteInterpreterOptionsCreate"))();
  ((void (*)(void*, int32_t))need("TfLiteInterpreterOptionsSetNumThreads"))(options, 1);
  if (argv[3][0] == '1') {
    XnnpackOptions xnnpack;
    memset(&xnnpack, 0, sizeof xnnpack);
    xnnpack.threads = 1;
    xnnpack.flags = 3;
    void* delegate = ((void* (*)(const XnnpackOptions*))need("TfLiteXNNPackDelegateCreate"))(&xnnpack);
    ((void (*)(void*, void*))need("TfLiteInterpreterOptionsAddDelegate"))(options, delegate);
  }
  void* interpreter = ((void* (*)(void*, void*))need("TfLiteInterpreterCreate"))(model, options);
  if (!interpreter || ((int (*)(void*))need("TfLiteInterpreterAllocateTensors"))(interpreter)) return 1;
  void* input = ((void* (*)(void*, int32_t))need("TfLiteInterpreterGetInputTensor"))(interpreter, 0);
  const size_t bytes = ((size_t(*)(void*))need("TfLiteTensorByteSize"))(input);
  void* data = ((void* (*)(void*))need("TfLiteTensorData"))(input);
  if (((int (*)(void*))need("TfLiteTensorType"))(input) == 1) /* float32: values in [-1, 1) */
    for (size_t i = 0; i < bytes / 4; ++i) ((float*)data)[i] = (float)(i * 2654435761u % 2000) / 1000.0f - 1.0f;
  else
    for (size_t i = 0; i < bytes; ++i) ((uint8_t*)data)[i] = (uint8_t)(i * 2654435761u >> 24);
  int (*invoke)(void*) = (int (*)(void*))need("TfLiteInterpreterInvoke");
  uint64_t* elapsed = calloc((size_t)jobs, sizeof *elapsed);
  mlockall(MCL_CURRENT | MCL_FUTURE);
  for (long i = 0; i < jobs; ++i) {
    const uint64_t start = now();
    if (invoke(interpreter)) return 1;
    elapsed[i] = now() - start;
  }
  for (long i = 0; i < jobs; ++i) printf("%llu\n", (unsigned long long)elapsed[i]);
  return 0;
}
