# Home Assistant as its wheel is, with what it depends on: 400 MB.
set -e
rm -rf .ci/cache/products/home-assistant
python3 -m pip install --quiet --root-user-action ignore --target .ci/cache/products/home-assistant \
  homeassistant==2024.3.3 aioimaplib==2.0.1
