# The provider without Airflow itself, of which its test of a connection wants the three names of check.py.
set -e
rm -rf .ci/cache/products/airflow
python3 -m pip install --quiet --root-user-action ignore --no-deps --target .ci/cache/products/airflow \
  apache-airflow-providers-smtp==3.2.0 aiosmtplib==5.1.3 packaging
