// What the addon and the JavaScript that was compiled beside it have to agree on.
#pragma once

namespace isochron::addon {

/// Raised with whatever src/addon/native.ts declares otherwise; src/addon/load-addon.ts has the same number, and
/// test/addon/addon-interface.test.ts holds them to it. Streams of records and their layouts are compared by
/// themselves.
inline constexpr int kInterface = 18;

}  // namespace isochron::addon
