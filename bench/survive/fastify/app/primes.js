import { parentPort, workerData } from 'node:worker_threads'

const prime = (n) => { for (let d = 2; d * d <= n; d++) if (n % d === 0) return false; return n > 1 }
parentPort.postMessage([...Array(workerData).keys()].filter(prime).length)
