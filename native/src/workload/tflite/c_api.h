// The part of TensorFlow Lite's C API that isochron uses, declared in our own words: the library is opened at run time,
// and its headers (of whichever version) are not needed to build. Names, values and layouts are those of the API, which
// has kept them from 2.5 on; what has changed between versions is named where it is used (xnnpack.h, delegate_watch.h).
#pragma once

#include <cstdarg>
#include <cstddef>
#include <cstdint>

namespace isochron::workload::tflite {

// Opaque to us: only ever pointers.
struct Model;
struct InterpreterOptions;
struct Interpreter;
struct Tensor;

/// TfLiteStatus: everything but kOk is a failure.
enum class Status : int { kOk = 0 };

/// TfLiteType, as far as this code tells types apart.
enum class Type : int {
  kNone = 0,
  kFloat32 = 1,
  kInt32 = 2,
  kUInt8 = 3,
  kInt64 = 4,
  kString = 5,
  kBool = 6,
  kInt16 = 7,
  kComplex64 = 8,
  kInt8 = 9,
  kFloat16 = 10,
  kFloat64 = 11,
  kComplex128 = 12,
  kUInt64 = 13,
  kResource = 14,
  kVariant = 15,
  kUInt32 = 16,
  kUInt16 = 17,
  kInt4 = 18,
};

/// TfLiteQuantizationParams: of a whole tensor; scale 0 means that there are none.
struct QuantizationParams {
  float scale;
  std::int32_t zero_point;
};

using ErrorReporter = void (*)(void* user_data, const char* format, std::va_list args);

/// TfLiteIntArray: `size` ints follow.
struct IntArray {
  int size;
};

/// The head of TfLiteContext, which is what a delegate is given to look at a graph.
struct Context {
  std::size_t tensors_size;
  Status (*get_execution_plan)(Context* context, IntArray** plan);
};

/// The head of TfLiteDelegate.
struct Delegate {
  void* data;
  Status (*prepare)(Context* context, Delegate* delegate);
};

/// The library's functions, in the order in which they are used; the names without their TfLite prefix.
struct Api {
  const char* (*version)();
  Model* (*model_create_from_file)(const char* path);
  void (*model_delete)(Model*);
  InterpreterOptions* (*options_create)();
  void (*options_delete)(InterpreterOptions*);
  void (*options_set_num_threads)(InterpreterOptions*, std::int32_t);
  void (*options_add_delegate)(InterpreterOptions*, Delegate*);
  void (*options_set_error_reporter)(InterpreterOptions*, ErrorReporter, void* user_data);
  Interpreter* (*interpreter_create)(const Model*, const InterpreterOptions*);
  void (*interpreter_delete)(Interpreter*);
  Status (*interpreter_allocate_tensors)(Interpreter*);
  Status (*interpreter_invoke)(Interpreter*);
  std::int32_t (*input_count)(const Interpreter*);
  Tensor* (*input)(const Interpreter*, std::int32_t);
  std::int32_t (*output_count)(const Interpreter*);
  const Tensor* (*output)(const Interpreter*, std::int32_t);
  Type (*tensor_type)(const Tensor*);
  std::int32_t (*tensor_num_dims)(const Tensor*);
  std::int32_t (*tensor_dim)(const Tensor*, std::int32_t);
  std::size_t (*tensor_byte_size)(const Tensor*);
  void* (*tensor_data)(const Tensor*);
  const char* (*tensor_name)(const Tensor*);
  QuantizationParams (*tensor_quantization_params)(const Tensor*);

  // Only in libraries that were built with XNNPACK; null elsewhere. xnnpack.h explains the types of the options.
  Delegate* (*xnnpack_create)(const void* options);
  void (*xnnpack_delete)(Delegate*);
  void (*xnnpack_options_default)();
};

}  // namespace isochron::workload::tflite
