// Numbers and names as people read them.
const MINUS = "\u2212";
const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const symbols = { USD: "$", EUR: "€", GBP: "£", JPY: "¥" };

export const symbol = (currency) => symbols[currency] ?? `${currency} `;

export function whole(value) {
  const text = grouped.format(Math.abs(value));
  return value < 0 && text !== "0" ? MINUS + text : text;
}

// Small amounts are told with cents: rounded to whole ones they would be nothing.
const cents = (value) => Math.abs(value) >= 0.005 && Math.abs(value) < 10 && !Number.isInteger(value);

export function money(value, currency) {
  const amount = Math.abs(value) >= 1e7 ? `${(Math.abs(value) / 1e6).toLocaleString("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 })} million`
    : cents(value) ? Math.abs(value).toFixed(2) : grouped.format(Math.abs(value));
  return `${value < 0 && Number(amount) !== 0 ? MINUS : ""}${currency} ${amount}`;
}

export const years = (count) => `${count} ${Number(count) === 1 ? "year" : "years"}`;

// Three digits that count, without needless zeros.
export function figures(value) {
  if (Math.abs(value) >= 1000) return whole(value);
  return String(Number(value.toPrecision(3))).replace("-", MINUS);
}

// A number and its percent sign stay on one line.
export const unbroken = (text) => text.replace(/(\d) %/g, "$1\u00a0%");

export function written(form, value, currency, isWhole = false) {
  if (isWhole) return whole(value);
  if (form === "percent") return `${figures(value * 100)} %`;
  if (form === "money") return `${currency} ${figures(value)}`;
  if (form === "times") return `× ${figures(value)}`;
  return figures(value);
}

const NAMES = new Map();
export const learn = (strategies) => strategies.forEach((one) => NAMES.set(one.name, one.label));
export const pretty = (arm) => NAMES.get(arm) ?? arm;
export function inside(arm) {
  const name = pretty(arm);
  return name === arm ? name : name[0].toLowerCase() + name.slice(1);
}

// A unit for amounts up to `largest`, and how to write amounts that lie about `size` apart.
export function scale(largest, size, currency) {
  const units = [[1e9, "bn", "billion", 1e9], [1e6, "m", "million", 1e6], [1e3, "k", "thousand", 1e4], [1, "", "", 0]];
  const [unit, suffix, word] = units.find((one) => largest >= one[3]);
  const decimals = Math.min(4, Math.max(0, 2 - Math.floor(Math.log10(size / unit))));
  const sign = symbol(currency);
  const inUnits = (value) => Number((value / unit).toFixed(decimals));
  const write = (units_) => `${units_ < 0 ? MINUS : ""}${sign}${Math.abs(units_).toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals })}${suffix}`;
  return {
    words: `${sign.trim()} ${word}`.trim(),
    short: (value) => `${value < 0 ? MINUS : ""}${Math.abs(Number((value / unit).toFixed(6))).toLocaleString("en-US", { maximumFractionDigits: 6 })}`,
    signed: (value) => `${value < 0 ? MINUS : ""}${sign}${Math.abs(Number((value / unit).toFixed(6))).toLocaleString("en-US", { maximumFractionDigits: 6 })}${suffix}`,
    sum(x, y) { // written so that the sum comes out
      const total = inUnits(x + y), first = inUnits(x), second = Number((total - first).toFixed(decimals));
      return `${write(first)} ${second < 0 ? MINUS : "+"} ${write(Math.abs(second))} = ${write(total)}`;
    },
  };
}

// Round steps for an axis: 1, 2, 2.5 or 5 times a power of ten.
export function steps(low, high, most) {
  const rough = (high - low) / most, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough - 1e-12 * power);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) found.push(k * step);
  return found;
}
