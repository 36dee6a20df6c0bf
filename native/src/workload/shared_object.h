// A shared object that is opened at run time: the engine's library, or a plugin.
#pragma once

#include <memory>
#include <string>

namespace isochron::workload {

/// Opened with RTLD_NOW | RTLD_LOCAL: everything that is missing is found now, and two engines in one process don't see
/// each other's symbols. Closing drops the handle only: with RTLD_NODELETE the code stays mapped until the process
/// ends, because a thread of the library's own, or a destructor of thread-local data, may still run in it after the
/// last call of ours, and unmapping code that runs is a crash that nobody can explain. A run has a process of its own,
/// so nothing piles up.
class SharedObject {
 public:
  /// How errors speak of the file.
  struct Wording {
    std::string what;          // "TensorFlow Lite library"
    std::string code_missing;  // the file isn't there or can't be read
    std::string code_invalid;  // it is there and can't be loaded
    std::string hint;
  };

  /// Throws isochron::Error with one of the wording's codes.
  SharedObject(const std::string& path, const Wording& wording);

  const std::string& path() const noexcept { return path_; }

  /// The function of that name, or null.
  template <typename Function>
  Function function(const char* name) const noexcept {
    return reinterpret_cast<Function>(symbol(name));
  }

 private:
  struct Close {
    void operator()(void* handle) const noexcept;
  };

  void* symbol(const char* name) const noexcept;

  std::string path_;
  std::unique_ptr<void, Close> handle_;
};

}  // namespace isochron::workload
