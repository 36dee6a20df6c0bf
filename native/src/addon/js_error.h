// The one place where isochron::Error becomes a JavaScript error {code, message, hint}.
#pragma once

#include <napi.h>

#include <exception>
#include <utility>

#include "system/error.h"

namespace isochron::addon {

/// A JavaScript Error with `code` and, if there is one, `hint`.
Napi::Error to_js_error(Napi::Env env, const Error& error);

/// The same content as a plain object {code, message, hint}.
Napi::Object to_js_object(Napi::Env env, const Error& error);

/// Runs `body` and lets only JavaScript exceptions out.
template <typename Body>
auto guarded(Napi::Env env, Body&& body) -> decltype(body()) {
  try {
    return std::forward<Body>(body)();
  } catch (const Error& error) {
    throw to_js_error(env, error);
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception& error) {
    throw to_js_error(env, Error("E_UNEXPECTED", error.what()));
  }
}

/// The same for what answers with a promise: it is rejected with whatever `body` throws.
template <typename Body>
void settled(Napi::Env env, const Napi::Promise::Deferred& deferred, Body&& body) {
  try {
    guarded(env, std::forward<Body>(body));
  } catch (const Napi::Error& error) {
    deferred.Reject(error.Value());
  }
}

}  // namespace isochron::addon
