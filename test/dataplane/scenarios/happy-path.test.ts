import { wholeMove } from './whole-move';

wholeMove('drbd');
