/* An engine that is the real one (REAL, a path) but for what is asked for:
   FAIL_AT=n          the nth inference of a process and all after it fail
   BLOCK_AT=n         the nth does not come back; makes the file that ISOCHRON_TEST_BLOCKED names
   XNNPACK_FAILS      the delegate can't be made
   WITHOUT_XNNPACK    there is none */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static void* real(const char* name) { return dlsym(dlopen(REAL, RTLD_NOW | RTLD_LOCAL), name); }

/* Every function takes at most three pointers or integers, and returns one, or a struct that fits a register. */
typedef void* (*Function)(void*, void*, void*);
#define FORWARD(name) \
  void* name(void* a, void* b, void* c) { \
    static Function function; \
    if (!function) function = (Function)real(#name); \
    return function(a, b, c); \
  }

FORWARD(TfLiteModelCreateFromFile)
FORWARD(TfLiteModelDelete)
FORWARD(TfLiteInterpreterOptionsCreate)
FORWARD(TfLiteInterpreterOptionsDelete)
FORWARD(TfLiteInterpreterOptionsSetNumThreads)
FORWARD(TfLiteInterpreterOptionsAddDelegate)
FORWARD(TfLiteInterpreterOptionsSetErrorReporter)
FORWARD(TfLiteInterpreterCreate)
FORWARD(TfLiteInterpreterDelete)
FORWARD(TfLiteInterpreterAllocateTensors)
FORWARD(TfLiteInterpreterGetInputTensorCount)
FORWARD(TfLiteInterpreterGetInputTensor)
FORWARD(TfLiteInterpreterGetOutputTensorCount)
FORWARD(TfLiteInterpreterGetOutputTensor)
FORWARD(TfLiteTensorType)
FORWARD(TfLiteTensorNumDims)
FORWARD(TfLiteTensorDim)
FORWARD(TfLiteTensorByteSize)
FORWARD(TfLiteTensorData)
FORWARD(TfLiteTensorName)
FORWARD(TfLiteTensorQuantizationParams)

const char* TfLiteVersion(void) { return "2.9.0"; }

int TfLiteInterpreterInvoke(void* interpreter) {
  static int inferences;
  inferences++;
#ifdef FAIL_AT
  if (inferences >= FAIL_AT) return 1;
#endif
#ifdef BLOCK_AT
  if (inferences >= BLOCK_AT) close(creat(getenv("ISOCHRON_TEST_BLOCKED"), 0600));
  while (inferences >= BLOCK_AT) pause();
#endif
  return ((int (*)(void*))real("TfLiteInterpreterInvoke"))(interpreter);
}

#ifndef WITHOUT_XNNPACK
#ifdef XNNPACK_FAILS
void* TfLiteXNNPackDelegateCreate(const void* options) { return 0; }
#else
FORWARD(TfLiteXNNPackDelegateCreate)
#endif
FORWARD(TfLiteXNNPackDelegateDelete)
#endif
