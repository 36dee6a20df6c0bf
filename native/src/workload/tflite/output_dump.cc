#include "workload/tflite/output_dump.h"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

#include "system/error.h"
#include "workload/tflite/tensors.h"

namespace isochron::workload::tflite {
namespace {

std::string file_name(std::size_t index) { return "output" + std::to_string(index) + ".raw"; }

void write_file(const std::filesystem::path& path, const void* data, std::size_t bytes) {
  auto fail = [&](int error) {
    throw Error(
        "E_OUTPUT_WRITE",
        "The output file " + path.string() + " can't be written: " + std::generic_category().message(error) + ".",
        "Choose another folder for --dump-output.");
  };
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "wb"), &std::fclose);
  if (file == nullptr) fail(errno);
  if (bytes > 0 && std::fwrite(data, 1, bytes, file.get()) != bytes) fail(errno);
  if (std::fclose(file.release()) != 0) fail(errno);  // a full disk may show only here
}

}  // namespace

std::vector<TensorInfo> dump_outputs(const Api& api, const Interpreter* interpreter, const std::string& folder) {
  const std::filesystem::path directory(folder);
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    throw Error("E_OUTPUT_WRITE", "The folder " + folder + " can't be made: " + error.message() + ".",
                "Choose another folder for --dump-output.");
  }
  std::vector<TensorInfo> outputs;
  const std::int32_t count = api.output_count(interpreter);
  for (std::int32_t i = 0; i < count; ++i) {
    const Tensor* tensor = api.output(interpreter, i);
    outputs.push_back(describe(api, tensor));  // now, not at init: a shape may depend on the data
    write_file(directory / file_name(static_cast<std::size_t>(i)), api.tensor_data(tensor), outputs.back().bytes);
  }
  return outputs;
}

}  // namespace isochron::workload::tflite
