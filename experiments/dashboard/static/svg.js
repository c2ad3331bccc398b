// Small helpers for pictures, and the marks of the strategies: a colour and a shape each.
const SPACE = "http://www.w3.org/2000/svg";

export function el(name, attributes = {}, ...children) {
  const made = document.createElementNS(SPACE, name);
  set(made, attributes);
  made.append(...children);
  return made;
}

export function set(node, attributes) {
  for (const [key, value] of Object.entries(attributes)) {
    // The page allows no style in its markup; colours of the theme go through the style object.
    if (key === "fill" || key === "stroke") node.style.setProperty(key, value);
    else node.setAttribute(key, value);
  }
  return node;
}

export const colour = (number) => `var(--c${number % 5})`;

const SHAPES = [
  (r) => el("circle", { r }),
  (r) => el("rect", { x: -r * 0.9, y: -r * 0.9, width: r * 1.8, height: r * 1.8 }),
  (r) => el("path", { d: `M0 ${-r * 1.15} L${r * 1.1} ${r * 0.8} H${-r * 1.1} Z` }),
  (r) => el("path", { d: `M0 ${-r * 1.25} L${r * 1.1} 0 L0 ${r * 1.25} L${-r * 1.1} 0 Z` }),
  (r) => el("path", { d: `M0 ${r * 1.15} L${r * 1.1} ${-r * 0.8} H${-r * 1.1} Z` }),
];
export const shape = (number, r) => SHAPES[number % SHAPES.length](r);
