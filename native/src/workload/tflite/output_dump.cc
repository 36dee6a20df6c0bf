#include "workload/tflite/output_dump.h"

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

#include "system/error.h"
#include "workload/tflite/tensors.h"

namespace isochron::workload::tflite {
namespace {

/// Length of the UTF-8 sequence at text[i], or 0 for bytes that are none (RFC 3629: no overlong forms, no surrogates).
std::size_t utf8_length(const std::string& text, std::size_t i) {
  auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u; };
  auto in = [&](std::size_t at, unsigned low, unsigned high) { return byte(at) >= low && byte(at) <= high; };
  const unsigned first = byte(i);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return in(i + 1, 0x80, 0xbf) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const bool second = in(i + 1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf);
    return second && in(i + 2, 0x80, 0xbf) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const bool second = in(i + 1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf);
    return second && in(i + 2, 0x80, 0xbf) && in(i + 3, 0x80, 0xbf) ? 4 : 0;
  }
  return 0;
}

std::string json_string(const std::string& text) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t length = utf8_length(text, i);
    if (length == 0) {
      out += "\\ufffd";
    } else if (c == '"' || c == '\\') {
      out += {'\\', static_cast<char>(c)};
    } else if (c < 0x20) {
      char escape[7];
      std::snprintf(escape, sizeof escape, "\\u%04x", c);
      out += escape;
    } else {
      out.append(text, i, length);
    }
    i += length == 0 ? 1 : length;
  }
  return out + "\"";
}

std::string json_number(double value) {
  if (!std::isfinite(value)) return "null";
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);  // nine digits tell every float32 apart
  for (char& c : text) {
    if (c == ',') c = '.';  // a locale's decimal comma
  }
  return text;
}

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

std::string outputs_json(const std::vector<TensorInfo>& outputs) {
  std::string json = "{\n  \"outputs\": [";
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const TensorInfo& info = outputs[i];
    std::string shape;
    for (const std::int64_t dim : info.shape) shape += (shape.empty() ? "" : ", ") + std::to_string(dim);
    json += (i == 0 ? "\n" : ",\n");
    json += "    {\"file\": " + json_string(file_name(i)) + ", \"name\": " + json_string(info.name) +
            ", \"type\": " + json_string(info.type) + ", \"shape\": [" + shape +
            "], \"bytes\": " + std::to_string(info.bytes) + ", \"quantization\": ";
    json += info.quantization ? "{\"scale\": " + json_number(info.quantization->scale) +
                                    ", \"zeroPoint\": " + std::to_string(info.quantization->zero_point) + "}"
                              : std::string("null");
    json += "}";
  }
  return json + (outputs.empty() ? "]\n}\n" : "\n  ]\n}\n");
}

void dump_outputs(const Api& api, const Interpreter* interpreter, const std::string& folder) {
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
  const std::string json = outputs_json(outputs);
  write_file(directory / "outputs.json", json.data(), json.size());
}

}  // namespace isochron::workload::tflite
