#include "workload/shared_object.h"

#include <dlfcn.h>
#include <elf.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <system_error>

#include "system/error.h"

namespace isochron::workload {
namespace {

#if defined(__aarch64__)
constexpr std::uint16_t kOwnMachine = EM_AARCH64;
#elif defined(__x86_64__)
constexpr std::uint16_t kOwnMachine = EM_X86_64;
#elif defined(__arm__)
constexpr std::uint16_t kOwnMachine = EM_ARM;
#else
constexpr std::uint16_t kOwnMachine = EM_NONE;
#endif

std::string machine_name(std::uint16_t machine) {
  switch (machine) {
    case EM_AARCH64:
      return "arm64";
    case EM_X86_64:
      return "x86-64";
    case EM_ARM:
      return "32-bit Arm";
    case EM_386:
      return "32-bit x86";
    case EM_RISCV:
      return "RISC-V";
    default:
      return "another architecture (ELF machine " + std::to_string(machine) + ")";
  }
}

/// dlopen's own message for these three is hard to understand, or wrong ("file too short").
void check_file(const std::string& path, const SharedObject::Wording& wording) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    const int error = errno;
    throw Error(
        wording.code_missing,
        "The " + wording.what + " " + path +
            (error == ENOENT ? " does not exist." : " can't be read: " + std::generic_category().message(error) + "."),
        wording.hint);
  }
  unsigned char head[20] = {};
  file.read(reinterpret_cast<char*>(head), sizeof head);
  if (file.gcount() != sizeof head || std::memcmp(head, ELFMAG, SELFMAG) != 0) {
    throw Error(wording.code_invalid, path + " is not a shared library (it has no ELF header).", wording.hint);
  }
  std::uint16_t machine = 0;  // e_machine: two bytes at offset 18 of the 32-bit and the 64-bit header
  std::memcpy(&machine, head + 18, sizeof machine);
  if (kOwnMachine != EM_NONE && machine != kOwnMachine) {
    throw Error(wording.code_invalid,
                "The " + wording.what + " " + path + " is built for " + machine_name(machine) + ", this process is " +
                    machine_name(kOwnMachine) + ".",
                wording.hint);
  }
}

}  // namespace

SharedObject::SharedObject(const std::string& path, const Wording& wording) : path_(path) {
  check_file(path, wording);
  // Without a slash dlopen would search the library path instead of opening the file that was just looked at.
  const std::string exact = path.find('/') == std::string::npos ? "./" + path : path;
  handle_.reset(dlopen(exact.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE));
  if (handle_ == nullptr) {
    const char* reason = dlerror();
    throw Error(wording.code_invalid,
                "The " + wording.what + " " + path +
                    " can't be loaded: " + (reason == nullptr ? "no reason given" : reason) + ".",
                wording.hint);
  }
}

void* SharedObject::symbol(const char* name) const noexcept { return dlsym(handle_.get(), name); }

void SharedObject::Close::operator()(void* handle) const noexcept { dlclose(handle); }

}  // namespace isochron::workload
