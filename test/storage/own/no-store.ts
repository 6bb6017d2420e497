// What somebody exports who has not read what is wanted.
export default 'a store';
