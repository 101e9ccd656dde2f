// Prints the versions of the libraries that are named, where badinbox has installed them, and Node's.
const fs = require('fs'), path = require('path');
const version = (name) => JSON.parse(fs.readFileSync(path.join(process.env.NODE_PATH, name, 'package.json'))).version;
console.log([...process.argv.slice(2).map((name) => `${name} ${version(name)}`), `Node ${process.versions.node}`].join(', '));
