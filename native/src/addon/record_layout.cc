#include "addon/record_layout.h"

#include <iterator>

#include "record/streams.h"

namespace isochron::addon {
namespace {

template <typename Layout>
Napi::Object layout_of(Napi::Env env) {
  auto fields = Napi::Array::New(env, std::size(Layout::kFields));
  std::uint32_t i = 0;
  for (const record::Field& field : Layout::kFields) {
    auto entry = Napi::Array::New(env, 4);
    entry.Set(0u, field.name);
    entry.Set(1u, field.type);
    entry.Set(2u, static_cast<double>(field.count));
    entry.Set(3u, static_cast<double>(field.offset));
    fields.Set(i++, entry);
  }
  auto layout = Napi::Object::New(env);
  layout.Set("bytes", static_cast<double>(sizeof(typename Layout::Record)));
  layout.Set("fields", fields);
  return layout;
}

}  // namespace

Napi::Object record_layouts(Napi::Env env) {
  auto layouts = Napi::Object::New(env);
#define ISOCHRON_STREAM(name, Layout, Lost) layouts.Set(#name, layout_of<record::Layout>(env));
  ISOCHRON_STREAMS(ISOCHRON_STREAM)
#undef ISOCHRON_STREAM
  return layouts;
}

}  // namespace isochron::addon
