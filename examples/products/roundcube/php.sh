# PHP with what was unpacked beside Roundcube.
ROUNDCUBE=$PWD/.ci/cache/products/roundcube
export ROUNDCUBE LD_LIBRARY_PATH="$ROUNDCUBE/usr/lib/$(uname -m)-linux-gnu"
extensions=$(echo "$ROUNDCUBE"/usr/lib/php/*)
exec php -d extension="$extensions/mbstring.so" -d extension="$extensions/intl.so" \
  -d include_path="$ROUNDCUBE/usr/share/php:/usr/share/php" -d display_errors=stderr "$@"
