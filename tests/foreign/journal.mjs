// Checks receipts and exported journals of dantin with nothing of dantin: written from docs/journal.md, the C2SP specifications it
// names and RFC 9162. Node.js, crypto only.
//
//   node journal.mjs receipt FILE LOG_KEY_HEX [DEVICE_KEY_HEX…]   a tlog-proof; devices: how many of them cosigned is printed
//   node journal.mjs export DIR LOG_KEY_HEX [DEVICE_KEY_HEX…]     entries, tiles, roots and checkpoints (payloads are zstd: not read)
//
// Prints one line and exits 0, or says what is wrong and exits 1.
import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'

const fail = (what) => { throw new Error(what) }
const must = (condition, what) => condition || fail(what)
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), crypto.createHash('sha256')).digest()

// ---- RFC 9162 ----------------------------------------------------------------------------------------------------

const leafHash = (bytes) => sha256(Buffer.of(0), bytes)
const nodeHash = (left, right) => sha256(Buffer.of(1), left, right)

// Section 2.1.3.2, with BigInt, since a position may pass 2^53.
function rootFromPath(leaf, index, size, hashes) {
  must(index < size, 'the index is not below the size')
  let fn = index, sn = size - 1n, r = leaf
  for (const p of hashes) {
    must(sn !== 0n, 'the path is too long')
    if (fn % 2n === 1n || fn === sn) {
      r = nodeHash(p, r)
      while (fn % 2n === 0n && fn !== 0n) { fn /= 2n; sn /= 2n }
    } else {
      r = nodeHash(r, p)
    }
    fn /= 2n; sn /= 2n
  }
  must(sn === 0n, 'the path is too short')
  return r
}

// The tree as a stack of complete subtrees.
class Tree {
  stack = []
  size = 0
  append(leaf) {
    let node = { height: 0, hash: leaf }
    while (this.stack.length > 0 && this.stack.at(-1).height === node.height) {
      node = { height: node.height + 1, hash: nodeHash(this.stack.pop().hash, node.hash) }
    }
    this.stack.push(node)
    this.size++
  }
  root() {
    if (this.size === 0) return sha256()
    return this.stack.slice(0, -1).reduceRight((right, left) => nodeHash(left.hash, right), this.stack.at(-1).hash)
  }
}

// ---- notes -------------------------------------------------------------------------------------------------------

function base64(text) {
  const bytes = Buffer.from(text, 'base64')
  must(bytes.toString('base64') === text, `not strict base64: ${text}`)
  return bytes
}

function verify(key, message, signature) {
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key])
  return crypto.verify(null, message, crypto.createPublicKey({ key: der, format: 'der', type: 'spki' }), signature)
}

const keyId = (name, type, key) => sha256(name, '\n', Buffer.of(type), key).subarray(0, 4)

function parseNote(bytes) {
  const whole = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  must(!/[\0-\x09\x0b-\x1f]/.test(whole), 'the note holds control characters')
  const cut = whole.lastIndexOf('\n\n')
  must(cut > 0 && whole.endsWith('\n'), 'no note')
  const lines = whole.slice(cut + 2).split('\n').slice(0, -1).map((line) => {
    const match = /^\u2014 ([^\s+]+) (\S+)$/u.exec(line)
    must(match, `no signature line: ${line}`)
    const blob = base64(match[2])
    must(blob.length > 4, 'a signature without bytes')
    return { name: match[1], id: blob.subarray(0, 4), signature: blob.subarray(4) }
  })
  must(lines.length > 0, 'a note without signatures')
  return { text: whole.slice(0, cut + 1), lines }
}

function parseCheckpoint(bytes) {
  const note = parseNote(bytes)
  const match = /^dantin\/journal\/([0-9a-f]{32})\n(0|[1-9][0-9]*)\n(.{44})\nstate (.{44})\n$/.exec(note.text)
  must(match, 'no checkpoint')
  return { ...note, epoch: match[1], size: BigInt(match[2]), root: base64(match[3]), state: base64(match[4]) }
}

function checkLog(checkpoint, logKey) {
  const id = keyId('dantin/journal', 1, logKey)
  const lines = checkpoint.lines.filter((line) => line.name === 'dantin/journal' && line.id.equals(id))
  must(lines.length === 1 && verify(logKey, Buffer.from(checkpoint.text), lines[0].signature), 'the log did not sign the checkpoint')
}

// How many of the devices cosigned; a wrong cosignature of one of them is an error.
function countCosigners(checkpoint, deviceKeys) {
  let count = 0
  for (const key of deviceKeys) {
    const device = sha256(Buffer.from('302a300506032b6570032100', 'hex'), key).toString('hex')
    const name = `dantin/device/${device}`
    const id = keyId(name, 4, key)
    for (const line of checkpoint.lines.filter((one) => one.name === name && one.id.equals(id))) {
      must(line.signature.length === 72, 'a cosignature of another length')
      const time = line.signature.readBigUInt64BE(0)
      const message = `cosignature/v1\ntime ${time}\n${checkpoint.text}`
      must(verify(key, Buffer.from(message), line.signature.subarray(8)), `the cosignature of ${device} is wrong`)
      count++
    }
  }
  return count
}

// ---- what is asked -----------------------------------------------------------------------------------------------

function checkReceipt(file, logKey, deviceKeys) {
  const text = fs.readFileSync(file)
  const cut = text.indexOf('\n\n')
  must(cut > 0, 'no proof')
  const lines = text.subarray(0, cut).toString('latin1').split('\n')
  must(lines.shift() === 'c2sp.org/tlog-proof@v1', 'no proof')
  const extra = /^extra (\S+)$/.exec(lines.shift())
  const index = /^index (0|[1-9][0-9]*)$/.exec(lines.shift())
  must(extra && index, 'no proof of ours')
  const leaf = base64(extra[1])
  must(leaf.length === 236 && leaf.subarray(0, 16).equals(Buffer.from('dantin/envelope\0')), 'these are no leaf bytes')
  const hashes = lines.map(base64)
  must(hashes.every((hash) => hash.length === 32), 'a hash of another length')
  const checkpoint = parseCheckpoint(text.subarray(cut + 2))
  const root = rootFromPath(leafHash(leaf), BigInt(index[1]), checkpoint.size, hashes)
  must(root.equals(checkpoint.root), 'the path does not lead to the root')
  checkLog(checkpoint, logKey)
  const device = leaf.subarray(18, 50).toString('hex')
  const sequence = leaf.readBigUInt64BE(50)
  console.log(`right: position ${index[1]} of ${checkpoint.size}, device ${device}, sequence ${sequence}, ` +
    `${countCosigners(checkpoint, deviceKeys)} cosignatures`)
}

function bundleName(number) {
  const groups = []
  do { groups.unshift(String(number % 1000).padStart(3, '0')); number = Math.floor(number / 1000) } while (number > 0)
  return groups.map((group, i) => (i < groups.length - 1 ? 'x' : '') + group).join('/')
}

function checkExport(dir, logKey, deviceKeys) {
  const head = /^dantin\/export\/1\nsize (0|[1-9][0-9]*)\nkey (\S+)\n$/.exec(fs.readFileSync(path.join(dir, 'journal'), 'utf8'))
  must(head, 'no export')
  must(base64(head[2]).equals(logKey), 'the export is of another log')
  const size = Number(head[1])
  const records = fs.readFileSync(path.join(dir, 'checkpoints'))
  const checkpoints = []
  for (let at = 0; at < records.length;) {
    const length = records.readUInt32BE(at)
    checkpoints.push(parseCheckpoint(records.subarray(at + 4, at + 4 + length)))
    at += 4 + length
  }
  const tree = new Tree()
  let next = 0, cosignatures = 0, moment = 0n
  for (let number = 0; number * 256 < size; number++) {
    const width = Math.min(256, size - number * 256)
    const name = bundleName(number) + (width < 256 ? `.p/${width}` : '')
    const entries = fs.readFileSync(path.join(dir, 'tile/entries', name))
    const hashes = fs.readFileSync(path.join(dir, 'tile/0', name))
    must(entries.length === width * 238 && hashes.length === width * 32, `${name} has another length`)
    for (let i = 0; i < width; i++) {
      const where = `entry ${number * 256 + i}: `
      must(entries.readUInt16BE(i * 238) === 236, where + 'another length')
      const leaf = entries.subarray(i * 238 + 2, (i + 1) * 238)
      const hash = leafHash(leaf)
      must(hash.equals(hashes.subarray(i * 32, (i + 1) * 32)), where + 'its bytes do not give the hash in the tree')
      must(leaf.readBigInt64BE(196) >= moment, where + 'its moment is before the entry before')
      moment = leaf.readBigInt64BE(196)
      tree.append(hash)
      if (next < checkpoints.length && checkpoints[next].size === BigInt(tree.size)) {
        must(checkpoints[next].root.equals(tree.root()), where + 'the root was signed for other entries')
        checkLog(checkpoints[next], logKey)
        cosignatures += countCosigners(checkpoints[next], deviceKeys)
        next++
      }
    }
  }
  must(next === checkpoints.length && (size === 0 || checkpoints.at(-1).size === BigInt(size)), 'checkpoints and entries do not fit')
  console.log(`right: ${size} entries, ${checkpoints.length} checkpoints, ${cosignatures} cosignatures`)
}

try {
  const [what, from, logKey, ...deviceKeys] = process.argv.slice(2)
  const keys = deviceKeys.map((key) => Buffer.from(key, 'hex'))
  const check = { receipt: checkReceipt, export: checkExport }[what] ?? fail('receipt or export?')
  check(from, Buffer.from(logKey, 'hex'), keys)
} catch (error) {
  console.log(`wrong: ${error.message}`)
  process.exit(1)
}
