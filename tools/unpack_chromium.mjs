// Unpacks the browser of the npm package @sparticuz/chromium: node unpack_chromium.mjs PACKAGE_FOLDER TARGET_FOLDER
// Only node's own brotli is used, so any node works; the package's JavaScript asks for a newer one and writes to /tmp.
import { createReadStream, createWriteStream, chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";

const [packageFolder, targetFolder] = process.argv.slice(2);
mkdirSync(targetFolder, { recursive: true });

for (const name of ["chromium", "al2023.tar", "fonts.tar"]) {
  const packed = createReadStream(join(packageFolder, "bin", `${name}.br`));
  await pipeline(packed, createBrotliDecompress(), createWriteStream(join(targetFolder, name)));
}
chmodSync(join(targetFolder, "chromium"), 0o755);
