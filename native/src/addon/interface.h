// What the addon and the JavaScript that was compiled beside it have to agree on.
#pragma once

namespace isochron::addon {

/// Raised with whatever src/native.ts declares or the records lay out otherwise; src/session/addon.ts has the same
/// number, and test/session/addon-interface.test.ts holds them to it.
inline constexpr int kInterface = 1;

}  // namespace isochron::addon
