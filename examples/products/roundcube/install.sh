# Debian's packages, unpacked and not installed: no root, no database, no web server.
set -e
here=.ci/cache/products/roundcube
rm -rf $here && mkdir -p $here && cd $here
apt-get download -qq roundcube-core php8.2-mbstring libonig5 php8.2-intl libicu72 php-pear \
  php-auth-sasl php-mail-mime php-net-smtp php-net-socket php-masterminds-html5
for package in *.deb; do dpkg-deb -x "$package" . && rm "$package"; done
