#include "addon/js_error.h"

namespace isochron::addon {

Napi::Error to_js_error(Napi::Env env, const Error& error) {
  Napi::Error js = Napi::Error::New(env, error.what());
  js.Value().Set("code", error.code());
  if (!error.hint().empty()) js.Value().Set("hint", error.hint());
  return js;
}

Napi::Object to_js_object(Napi::Env env, const Error& error) {
  auto js = Napi::Object::New(env);
  js.Set("code", error.code());
  js.Set("message", std::string(error.what()));
  js.Set("hint", error.hint());
  return js;
}

}  // namespace isochron::addon
