# n8n's own nodes, without the 80 libraries of its other services: beside those that package.json pins.
set -e
here=.ci/cache/products/n8n
rm -rf $here && mkdir -p $here
cp examples/products/n8n/package.json $here && cd $here
npm install --silent --no-audit --no-fund
npm pack --silent n8n-nodes-base@2.41.2 > /dev/null
mkdir node_modules/n8n-nodes-base
tar -xzf n8n-nodes-base-2.41.2.tgz -C node_modules/n8n-nodes-base --strip-components=1
rm n8n-nodes-base-2.41.2.tgz
