/**
 * One line that says which events are not counted and why, those with the same reason together; null when all are.
 */
export function absenceLine(
  events: readonly { name: string; reason: string | null }[],
): string | null {
  const byReason = new Map<string, string[]>();
  for (const { name, reason } of events)
    if (reason !== null) byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
  if (byReason.size === 0) return null;
  const parts = [...byReason].map(
    ([reason, names]) => `${names.join(', ')} (${reason.replace(/\.$/, '')})`,
  );
  return `not counted: ${parts.join('; ')}.`;
}
