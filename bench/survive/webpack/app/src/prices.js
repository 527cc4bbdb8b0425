export const total = (text) => text.trim().split(/\s+/).map(Number).reduce((a, b) => a + b)
export const unusedByAnyone = () => 'shaken off the tree'
