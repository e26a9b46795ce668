// Numbers as JSON.stringify writes them, for tests/store/ledger/test_canonical.py.
//
//     node tests/golden/ledger/make_numbers.cjs > tests/golden/ledger/numbers.json
//
// Each case: the eight bytes of the double in hexadecimal (big end first), and its text. The doubles are random bits,
// round decimals around the places where the form changes, and integers about the powers of two.
"use strict";
const view = new DataView(new ArrayBuffer(8));
let state = 20261127n;
const random = () => {  // splitmix64
  state = (state + 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn;
  let mixed = state;
  mixed = ((mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n) & 0xffffffffffffffffn;
  mixed = ((mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn) & 0xffffffffffffffffn;
  return mixed ^ (mixed >> 31n);
};
const hex = (value) => { view.setFloat64(0, value); return view.getBigUint64(0).toString(16).padStart(16, "0"); };
const values = [];
while (values.length < 1200) {
  view.setBigUint64(0, random());
  if (Number.isFinite(view.getFloat64(0))) values.push(view.getFloat64(0));
}
for (let power = -12; power <= 25; power++)
  for (const lead of [1, 1.5, 9.999999999999998, 1.2345678901234567]) values.push(Number(`${lead}e${power}`));
for (let power = 0; power <= 70; power++) for (const step of [-1, 0, 1]) values.push(2 ** power + step, -(2 ** power));
for (let count = 0; count < 300; count++) values.push(Number(random() % 1000000n) / 1000);
const cases = values.map((value) => [hex(value), JSON.stringify(value)]);
process.stdout.write(JSON.stringify({ made: `node ${process.version}, make_numbers.cjs`, cases }) + "\n");
