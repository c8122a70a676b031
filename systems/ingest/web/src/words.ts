// Numbers as people read them.

const WHOLE = new Intl.NumberFormat("en");

export function whole(number: number): string {
  return WHOLE.format(Math.round(number));
}

/** As the published tables have it: 14,740 ms. Short times keep a digit. */
export function milliseconds(ms: number): string {
  return `${ms < 100 ? ms.toFixed(1) : whole(ms)} ms`;
}

export function seconds(ms: number): string {
  return ms < 60_000 ? `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s` : `${Math.floor(ms / 60_000)} min ${String(Math.floor((ms % 60_000) / 1000)).padStart(2, "0")} s`;
}

/** Three significant digits below a cent, cents from there on. */
export function dollars(amount: number): string {
  if (amount === 0) return "$0";
  if (Math.abs(amount) >= 1000) return `$${whole(amount)}`;
  if (Math.abs(amount) >= 0.1) return `$${amount.toFixed(2)}`;
  return `$${amount.toFixed(Math.max(4, 2 - Math.floor(Math.log10(Math.abs(amount)))))}`;
}

export function times(ratio: number): string {
  return `${ratio.toFixed(ratio < 9.95 ? 1 : 0)}×`;
}

export function events(number: number): string {
  return number >= 1e9 ? `${number / 1e9} billion` : `${number / 1e6} million`;
}

export const NOTHING = "–";
