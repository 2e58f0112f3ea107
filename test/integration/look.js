// Evaluated in a page that a browser shows: tells what a person would see.
(() => {
  const parse = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (colour) => {
    const [r = 0, g = 0, b = 0] = parse(colour).map((c) =>
      c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    if (element === null) return "rgb(255, 255, 255)";
    const colour = getComputedStyle(element).backgroundColor;
    return (parse(colour)[3] ?? 1) === 0 ? ground(element.parentElement) : colour;
  };
  const weak = [];
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    if (element === null || !node.textContent?.trim() || !element.checkVisibility()) continue;
    texts++;
    const [low = 0, high = 0] = [luminance(getComputedStyle(element).color), luminance(ground(element))].sort(
      (a, b) => a - b,
    );
    if ((high + 0.05) / (low + 0.05) < 4.5) weak.push(node.textContent.trim().slice(0, 60));
  }
  return {
    scheme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
    width: innerWidth,
    over: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    texts,
    weak,
    loaded: performance.getEntriesByType("resource").map(({ name }) => name),
  };
})();
