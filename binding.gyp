{
  # The users' build (node-gyp, prebuildify). The list of sources is the tree itself, as in native/CMakeLists.txt.
  "targets": [
    {
      "target_name": "isochron",
      "sources": ["<!@(find native/src -name '*.cc' | LC_ALL=C sort)"],
      "include_dirs": ["native/src", "<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_DISABLE_DEPRECATED", "NODE_ADDON_API_CPP_EXCEPTIONS",
                  # what is none of ours, such as a failed allocation, is an error of JavaScript, too
                  "NODE_ADDON_API_CPP_EXCEPTIONS_ALL",
                  # in a worker that is being terminated nothing can be thrown any more: that must not end the process
                  "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++17", "-std=gnu++20"],
      "cflags_cc": ["-std=c++17", "-fexceptions", "-frtti", "-O2", "-Wall", "-Wextra", "-fvisibility=hidden"],
      "libraries": ["-ldl", "-lpthread"]
    }
  ]
}
