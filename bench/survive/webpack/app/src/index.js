import { total } from './prices'
import words from './words.txt'
import dot from './dot.svg'

console.log(total(words), VERSION, dot.slice(0, 18))
import(/* webpackChunkName: "late" */ './late').then(({ late }) => console.log(late()))
