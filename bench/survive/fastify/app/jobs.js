import { execFile } from 'node:child_process'
import { scryptSync } from 'node:crypto'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { brotliCompressSync } from 'node:zlib'

export const sorted = async (words) =>
  (await promisify(execFile)('sh', ['-c', 'printf "%s\\n" "$@" | sort | uniq -c', '-', ...words.split(' ')])).stdout
export const squeezed = (text) => brotliCompressSync(text)
export const hashed = (word) => scryptSync(word, 'salt', 8).toString('hex')
export const shift = (time, timeZone, language) =>
  new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'long', timeZone }).format(new Date(time))
export const primes = (below) => new Promise((done, failed) =>
  new Worker(new URL('primes.js', import.meta.url), { workerData: below }).once('message', done).once('error', failed))
