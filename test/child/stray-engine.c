// A library with TensorFlow Lite's C API, of which the first inference does what STRAY_ENGINE says.
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  float scale;
  int32_t zero_point;
} Quantization;

static float value = 1;
static int thing;

static void stray(void) {
  const char* what = getenv("STRAY_ENGINE");
  static const char garbage[] = "INFO: Applying 1 TensorFlow Lite delegate(s) lazily.\n";
  if (what == NULL) return;
  if (strncmp(what, "fd:", 3) == 0) {
    // so much that it would not fit into a pipe that nobody reads
    for (int i = 0; i < 20000; ++i)
      if (write(atoi(what + 3), garbage, sizeof garbage - 1) < 0) return;
  } else if (strcmp(what, "exit") == 0) {
    fprintf(stderr, "ERROR: it is all over\nINFO: not that this matters\n");
    exit(7);
  } else if (strcmp(what, "abort") == 0) {
    fprintf(stderr, "ERROR: no kernel\n");
    abort();
  } else if (strcmp(what, "hang") == 0) {
    fprintf(stderr, "hanging\n");
    for (;;) pause();
  }
}

const char* TfLiteVersion(void) { return "2.9.0"; }
void* TfLiteModelCreateFromFile(const char* path) { return path == NULL ? NULL : &thing; }
void TfLiteModelDelete(void* model) { (void)model; }
void* TfLiteInterpreterOptionsCreate(void) { return &thing; }
void TfLiteInterpreterOptionsDelete(void* options) { (void)options; }
void TfLiteInterpreterOptionsSetNumThreads(void* options, int32_t threads) { (void)options, (void)threads; }
void TfLiteInterpreterOptionsAddDelegate(void* options, void* delegate) { (void)options, (void)delegate; }
void TfLiteInterpreterOptionsSetErrorReporter(void* options, void* report, void* data) {
  (void)options, (void)report, (void)data;
}
void* TfLiteInterpreterCreate(void* model, void* options) { return model == options ? model : NULL; }
void TfLiteInterpreterDelete(void* interpreter) { (void)interpreter; }
int TfLiteInterpreterAllocateTensors(void* interpreter) { return interpreter == NULL; }
int TfLiteInterpreterInvoke(void* interpreter) {
  stray();
  return interpreter == NULL;
}
int32_t TfLiteInterpreterGetInputTensorCount(void* interpreter) { return interpreter != NULL; }
void* TfLiteInterpreterGetInputTensor(void* interpreter, int32_t i) { return i == 0 ? interpreter : NULL; }
int32_t TfLiteInterpreterGetOutputTensorCount(void* interpreter) { return interpreter != NULL; }
void* TfLiteInterpreterGetOutputTensor(void* interpreter, int32_t i) { return i == 0 ? interpreter : NULL; }
int TfLiteTensorType(void* tensor) { return tensor != NULL; }  // float32
int32_t TfLiteTensorNumDims(void* tensor) { return tensor != NULL; }
int32_t TfLiteTensorDim(void* tensor, int32_t i) { return tensor != NULL && i == 0; }
size_t TfLiteTensorByteSize(void* tensor) { return tensor == NULL ? 0 : sizeof value; }
void* TfLiteTensorData(void* tensor) { return tensor == NULL ? NULL : &value; }
const char* TfLiteTensorName(void* tensor) { return tensor == NULL ? "" : "t"; }
Quantization TfLiteTensorQuantizationParams(void* tensor) {
  (void)tensor;
  const Quantization none = {0, 0};
  return none;
}
