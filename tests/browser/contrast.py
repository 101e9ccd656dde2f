"""How well text can be read (WCAG 2.1, 1.4.3), as the browser shows it."""

from __future__ import annotations

from typing import Any

ENOUGH = 4.5


def contrast(page: Any, selector: str) -> float:
    """The contrast of the text of the first such element with what is behind it."""
    page.locator(selector).first.wait_for(state="attached")
    ratio: float = page.evaluate(_CONTRAST, selector)
    return ratio


_CONTRAST = """selector => {
  const element = document.querySelector(selector);
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => parse(color).slice(0, 3).map((part) => part / 255)
    .map((part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  let behind = element;
  const seen = (node) => getComputedStyle(node).backgroundColor;
  while (behind.parentElement && parse(seen(behind))[3] === 0) behind = behind.parentElement;
  const [one, two] = [light(getComputedStyle(element).color), light(seen(behind))];
  return (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
}"""
